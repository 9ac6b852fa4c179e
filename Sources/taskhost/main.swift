import CommandLineInterface
import Glibc
import WorkerRuntime

// A worker starts thousands of times: nothing of the command line is to be initialised for it.
if CommandLine.argc > 1, let word = CommandLine.unsafeArgv[1] {
  if strcmp(word, "worker") == 0 { WorkerMain.run() }
  if strcmp(word, "fork-server") == 0 { WorkerMain.runForkServer() }
}
CommandLineInterface.main()
