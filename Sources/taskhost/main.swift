import CommandLineInterface
import TaskHost

// A worker starts thousands of times: nothing of the command line is to be initialised for it.
runWorkerIfAsked()
CommandLineInterface.main()
