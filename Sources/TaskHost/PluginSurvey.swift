internal import PluginLoading

/// Looks at many plugin files at once.
enum PluginSurvey {
  /// What is remembered has to save at least so many files, or MiB of their digests, to be worth a file.
  private static let leastEffort = 8

  /// Calls `body` with what is remembered of plugin files, and keeps what it has learnt.
  static func remembering<Result>(
    _ options: Host.Options, digests: Bool = false, _ body: (inout Survey) -> Result
  ) -> Result {
    let file = options.cacheDirectory.map(CacheFile.init)
    var survey = Survey(cache: file?.read() ?? ContentsCache(), digests: digests)
    let result = body(&survey)
    if survey.cache.effort >= leastEffort { file?.write(survey.cache) }
    return result
  }
}

extension Host.Options {
  /// Remembers what plugin files say where the user's caches are.
  package mutating func usesCacheOfUser(_ variable: (String) -> String?) {
    cacheDirectory = CacheFile.ofUser(variable)?.directory
  }
}

extension SearchPath {
  init(_ options: Host.Options) {
    self =
      options.searchesNothingElse
      ? SearchPath(entries: options.pluginFiles.map { .init(origin: .commandLine, path: $0) })
      : .standard(files: options.pluginFiles, directories: options.configuredDirectories)
    let own = options.pluginDirectories.map { SearchPath.Entry(origin: .environment, path: $0) }
    entries.insert(contentsOf: own, at: options.pluginFiles.count)
  }
}
