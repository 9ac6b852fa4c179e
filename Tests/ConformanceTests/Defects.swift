extension Corpus {
  static let staticDefects: [Defect] = []
  static let loadDefects: [Defect] = []
  static let hostDefects: [Defect] = []
  static let workerDefects = [
    Defect("worker", "WRITES_BEHIND_CAP", "perform-output-bounds", "crash")
  ]
}
