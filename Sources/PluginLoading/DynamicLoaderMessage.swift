/// Tells from the dynamic loader's message which rule a file has broken.
struct DynamicLoaderMessage {
  let text: String
  let file: String

  init(_ text: String, file: String) {
    self.text = text
    self.file = file
  }

  var refusal: Refusal {
    let (rule, expected, cure) = meaning
    return Refusal(file: file, rule: rule, found: "\"\(text)\"", expected: expected, cure: cure)
  }

  private var meaning: (rule: LoadRule, expected: String, cure: String) {
    if text.contains("undefined symbol") || text.contains("not defined in file") {
      return (
        .undefinedSymbols, "a definition of each symbol in the plugin or in a library that it names",
        "Link the library that defines the symbol; the host exports nothing."
      )
    }
    if text.contains("static TLS") {
      return (
        .staticTLS, "room for the plugin's thread-local storage",
        "Build it without -ftls-model=initial-exec, or set GLIBC_TUNABLES=glibc.rtld.optional_static_tls=4096."
      )
    }
    if text.contains("version `") && text.contains("not found") {
      return (
        .libraries, "libraries that are as new as those the plugin was linked with",
        "Build the plugin on the oldest system that it is to run on, or update this one."
      )
    }
    if text.contains("cannot open shared object file") {
      return (
        .libraries, "each library that the plugin names",
        "Install the library, or link it statically into the plugin."
      )
    }
    if text.contains("executable stack") {
      return (.executableStack, "a stack that is not executable", "Link with -z noexecstack.")
    }
    return (.dynamicLoader, "a file that dlopen loads", "See the message; it is the dynamic loader's own.")
  }
}
