// Written by Scripts/list-sdk-files.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "sdk_files.h"

static const unsigned char file0[] = {
#embed "../../SDK/Package.swift" suffix(,)
  0};
static const unsigned char file1[] = {
#embed "../../SDK/Sources/CTaskHost/header.c" suffix(,)
  0};
static const unsigned char file2[] = {
#embed "../../SDK/Sources/TaskHostSDK/Bytes.swift" suffix(,)
  0};
static const unsigned char file3[] = {
#embed "../../SDK/Sources/TaskHostSDK/Call.swift" suffix(,)
  0};
static const unsigned char file4[] = {
#embed "../../SDK/Sources/TaskHostSDK/Exchange.swift" suffix(,)
  0};
static const unsigned char file5[] = {
#embed "../../SDK/Sources/TaskHostSDK/Host.swift" suffix(,)
  0};
static const unsigned char file6[] = {
#embed "../../SDK/Sources/TaskHostSDK/KindError.swift" suffix(,)
  0};
static const unsigned char file7[] = {
#embed "../../SDK/Sources/TaskHostSDK/ManifestReader.swift" suffix(,)
  0};
static const unsigned char file8[] = {
#embed "../../SDK/Sources/TaskHostSDK/Output.swift" suffix(,)
  0};
static const unsigned char file9[] = {
#embed "../../SDK/Sources/TaskHostSDK/Payload.swift" suffix(,)
  0};
static const unsigned char file10[] = {
#embed "../../SDK/Sources/TaskHostSDK/Plugin+Extensions.swift" suffix(,)
  0};
static const unsigned char file11[] = {
#embed "../../SDK/Sources/TaskHostSDK/Plugin+QueueHooks.swift" suffix(,)
  0};
static const unsigned char file12[] = {
#embed "../../SDK/Sources/TaskHostSDK/Plugin+WorkerHooks.swift" suffix(,)
  0};
static const unsigned char file13[] = {
#embed "../../SDK/Sources/TaskHostSDK/Plugin.swift" suffix(,)
  0};
static const unsigned char file14[] = {
#embed "../../SDK/Sources/TaskHostSDK/TaskKind.swift" suffix(,)
  0};
static const unsigned char file15[] = {
#embed "../../SDK/Sources/TaskHostSDK/TaskQueue.swift" suffix(,)
  0};
static const unsigned char file16[] = {
#embed "../../SDK/Sources/TaskHostSDK/TaskWorker.swift" suffix(,)
  0};
static const unsigned char file17[] = {
#embed "../../SDK/Sources/TaskHostSDK/Trace.swift" suffix(,)
  0};
static const unsigned char file18[] = {
#embed "../../SDK/Sources/TaskHostSDK/Typed.swift" suffix(,)
  0};
static const unsigned char file19[] = {
#embed "../../SDK/cpp/taskhost.hpp" suffix(,)
  0};
static const unsigned char file20[] = {
#embed "../../SDK/include/module.modulemap" suffix(,)
  0};
static const unsigned char file21[] = {
#embed "../../SDK/include/taskhost.h" suffix(,)
  0};
static const unsigned char file22[] = {
#embed "../../SDK/include/taskhost_ext.h" suffix(,)
  0};
static const unsigned char file23[] = {
#embed "../../SDK/plugin.map" suffix(,)
  0};
static const unsigned char file24[] = {
#embed "../../SDK/rust/Cargo.toml" suffix(,)
  0};
static const unsigned char file25[] = {
#embed "../../SDK/rust/src/bytes.rs" suffix(,)
  0};
static const unsigned char file26[] = {
#embed "../../SDK/rust/src/call.rs" suffix(,)
  0};
static const unsigned char file27[] = {
#embed "../../SDK/rust/src/edge.rs" suffix(,)
  0};
static const unsigned char file28[] = {
#embed "../../SDK/rust/src/error.rs" suffix(,)
  0};
static const unsigned char file29[] = {
#embed "../../SDK/rust/src/ext.rs" suffix(,)
  0};
static const unsigned char file30[] = {
#embed "../../SDK/rust/src/host.rs" suffix(,)
  0};
static const unsigned char file31[] = {
#embed "../../SDK/rust/src/kind.rs" suffix(,)
  0};
static const unsigned char file32[] = {
#embed "../../SDK/rust/src/lib.rs" suffix(,)
  0};
static const unsigned char file33[] = {
#embed "../../SDK/rust/src/manifest.rs" suffix(,)
  0};
static const unsigned char file34[] = {
#embed "../../SDK/rust/src/out.rs" suffix(,)
  0};
static const unsigned char file35[] = {
#embed "../../SDK/rust/src/panics.rs" suffix(,)
  0};
static const unsigned char file36[] = {
#embed "../../SDK/rust/src/sys.rs" suffix(,)
  0};
static const unsigned char file37[] = {
#embed "../../SDK/templates/c/Makefile" suffix(,)
  0};
static const unsigned char file38[] = {
#embed "../../SDK/templates/c/src/kind.c" suffix(,)
  0};
static const unsigned char file39[] = {
#embed "../../SDK/templates/common/.github/workflows/check.yml" suffix(,)
  0};
static const unsigned char file40[] = {
#embed "../../SDK/templates/common/.gitignore" suffix(,)
  0};
static const unsigned char file41[] = {
#embed "../../SDK/templates/common/Makefile.tail" suffix(,)
  0};
static const unsigned char file42[] = {
#embed "../../SDK/templates/common/README.md" suffix(,)
  0};
static const unsigned char file43[] = {
#embed "../../SDK/templates/common/examples/empty.txt" suffix(,)
  0};
static const unsigned char file44[] = {
#embed "../../SDK/templates/common/examples/long.txt" suffix(,)
  0};
static const unsigned char file45[] = {
#embed "../../SDK/templates/common/examples/short.txt" suffix(,)
  0};
static const unsigned char file46[] = {
#embed "../../SDK/templates/common/expected.txt" suffix(,)
  0};
static const unsigned char file47[] = {
#embed "../../SDK/templates/cpp/Makefile" suffix(,)
  0};
static const unsigned char file48[] = {
#embed "../../SDK/templates/cpp/src/kind.cpp" suffix(,)
  0};
static const unsigned char file49[] = {
#embed "../../SDK/templates/rust/Cargo.lock" suffix(,)
  0};
static const unsigned char file50[] = {
#embed "../../SDK/templates/rust/Cargo.toml" suffix(,)
  0};
static const unsigned char file51[] = {
#embed "../../SDK/templates/rust/Makefile" suffix(,)
  0};
static const unsigned char file52[] = {
#embed "../../SDK/templates/rust/src/lib.rs" suffix(,)
  0};
static const unsigned char file53[] = {
#embed "../../SDK/templates/swift/Makefile" suffix(,)
  0};
static const unsigned char file54[] = {
#embed "../../SDK/templates/swift/Package.swift.in" suffix(,)
  0};
static const unsigned char file55[] = {
#embed "../../SDK/templates/swift/Sources/Kind/Kind.swift.in" suffix(,)
  0};
static const unsigned char file56[] = {
#embed "../../SDK/templates/swift/Sources/KindManifest/Manifest.c" suffix(,)
  0};
static const unsigned char file57[] = {
#embed "../../SDK/templates/swift/Sources/KindManifest/include/Manifest.h" suffix(,)
  0};

const sdk_file *sdk_files(size_t *count) {
  static const sdk_file files[] = {
    {"Package.swift", file0, sizeof file0 - 1},
    {"Sources/CTaskHost/header.c", file1, sizeof file1 - 1},
    {"Sources/TaskHostSDK/Bytes.swift", file2, sizeof file2 - 1},
    {"Sources/TaskHostSDK/Call.swift", file3, sizeof file3 - 1},
    {"Sources/TaskHostSDK/Exchange.swift", file4, sizeof file4 - 1},
    {"Sources/TaskHostSDK/Host.swift", file5, sizeof file5 - 1},
    {"Sources/TaskHostSDK/KindError.swift", file6, sizeof file6 - 1},
    {"Sources/TaskHostSDK/ManifestReader.swift", file7, sizeof file7 - 1},
    {"Sources/TaskHostSDK/Output.swift", file8, sizeof file8 - 1},
    {"Sources/TaskHostSDK/Payload.swift", file9, sizeof file9 - 1},
    {"Sources/TaskHostSDK/Plugin+Extensions.swift", file10, sizeof file10 - 1},
    {"Sources/TaskHostSDK/Plugin+QueueHooks.swift", file11, sizeof file11 - 1},
    {"Sources/TaskHostSDK/Plugin+WorkerHooks.swift", file12, sizeof file12 - 1},
    {"Sources/TaskHostSDK/Plugin.swift", file13, sizeof file13 - 1},
    {"Sources/TaskHostSDK/TaskKind.swift", file14, sizeof file14 - 1},
    {"Sources/TaskHostSDK/TaskQueue.swift", file15, sizeof file15 - 1},
    {"Sources/TaskHostSDK/TaskWorker.swift", file16, sizeof file16 - 1},
    {"Sources/TaskHostSDK/Trace.swift", file17, sizeof file17 - 1},
    {"Sources/TaskHostSDK/Typed.swift", file18, sizeof file18 - 1},
    {"cpp/taskhost.hpp", file19, sizeof file19 - 1},
    {"include/module.modulemap", file20, sizeof file20 - 1},
    {"include/taskhost.h", file21, sizeof file21 - 1},
    {"include/taskhost_ext.h", file22, sizeof file22 - 1},
    {"plugin.map", file23, sizeof file23 - 1},
    {"rust/Cargo.toml", file24, sizeof file24 - 1},
    {"rust/src/bytes.rs", file25, sizeof file25 - 1},
    {"rust/src/call.rs", file26, sizeof file26 - 1},
    {"rust/src/edge.rs", file27, sizeof file27 - 1},
    {"rust/src/error.rs", file28, sizeof file28 - 1},
    {"rust/src/ext.rs", file29, sizeof file29 - 1},
    {"rust/src/host.rs", file30, sizeof file30 - 1},
    {"rust/src/kind.rs", file31, sizeof file31 - 1},
    {"rust/src/lib.rs", file32, sizeof file32 - 1},
    {"rust/src/manifest.rs", file33, sizeof file33 - 1},
    {"rust/src/out.rs", file34, sizeof file34 - 1},
    {"rust/src/panics.rs", file35, sizeof file35 - 1},
    {"rust/src/sys.rs", file36, sizeof file36 - 1},
    {"templates/c/Makefile", file37, sizeof file37 - 1},
    {"templates/c/src/kind.c", file38, sizeof file38 - 1},
    {"templates/common/.github/workflows/check.yml", file39, sizeof file39 - 1},
    {"templates/common/.gitignore", file40, sizeof file40 - 1},
    {"templates/common/Makefile.tail", file41, sizeof file41 - 1},
    {"templates/common/README.md", file42, sizeof file42 - 1},
    {"templates/common/examples/empty.txt", file43, sizeof file43 - 1},
    {"templates/common/examples/long.txt", file44, sizeof file44 - 1},
    {"templates/common/examples/short.txt", file45, sizeof file45 - 1},
    {"templates/common/expected.txt", file46, sizeof file46 - 1},
    {"templates/cpp/Makefile", file47, sizeof file47 - 1},
    {"templates/cpp/src/kind.cpp", file48, sizeof file48 - 1},
    {"templates/rust/Cargo.lock", file49, sizeof file49 - 1},
    {"templates/rust/Cargo.toml", file50, sizeof file50 - 1},
    {"templates/rust/Makefile", file51, sizeof file51 - 1},
    {"templates/rust/src/lib.rs", file52, sizeof file52 - 1},
    {"templates/swift/Makefile", file53, sizeof file53 - 1},
    {"templates/swift/Package.swift.in", file54, sizeof file54 - 1},
    {"templates/swift/Sources/Kind/Kind.swift.in", file55, sizeof file55 - 1},
    {"templates/swift/Sources/KindManifest/Manifest.c", file56, sizeof file56 - 1},
    {"templates/swift/Sources/KindManifest/include/Manifest.h", file57, sizeof file57 - 1},
  };
  *count = sizeof files / sizeof *files;
  return files;
}
