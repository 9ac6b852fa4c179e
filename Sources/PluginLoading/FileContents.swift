/// What the bytes of a file say, whoever owns it and wherever it lies. This is all that may be remembered of a file: who may write it
/// is looked at each time.
package struct FileContents: Sendable {
  package var elf: Result<ELFFile, ELFError>
  /// Nil: the file does not carry exactly one manifest.
  package var manifest: Result<Manifest, ManifestError>?
  /// Nil: nobody has asked for it yet.
  package var digest: PluginDigest?

  init(elf: Result<ELFFile, ELFError>, manifest: Result<Manifest, ManifestError>?, digest: PluginDigest?) {
    self.elf = elf
    self.manifest = manifest
    self.digest = digest
  }

  /// Reads the file, but not all of it: the digest is left out.
  init(_ file: borrowing PluginFile) {
    self.init { () throws(ELFError) in try ELFFile(file) }
  }

  /// The same for a file that is in memory.
  package init(bytes: [UInt8]) {
    self.init { () throws(ELFError) in try ELFFile(bytes: bytes) }
  }

  private init(_ read: () throws(ELFError) -> ELFFile) {
    do throws(ELFError) {
      var elf = try read()
      // They have said where the rest is.
      elf.segments = []
      self.elf = .success(elf)
    } catch {
      elf = .failure(error)
    }
    guard case .success(let elf) = elf, elf.manifests.count == 1, let text = elf.manifests.first else {
      return
    }
    do throws(ManifestError) { manifest = .success(try Manifest(text: text)) } catch {
      manifest = .failure(error)
    }
  }
}
