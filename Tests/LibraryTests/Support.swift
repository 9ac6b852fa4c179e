import Foundation
import TaskHost
import TestSupport
