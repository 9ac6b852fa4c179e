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
#embed "../../SDK/cpp/taskhost/bytes.hpp" suffix(,)
  0};
static const unsigned char file21[] = {
#embed "../../SDK/cpp/taskhost/call.hpp" suffix(,)
  0};
static const unsigned char file22[] = {
#embed "../../SDK/cpp/taskhost/description.hpp" suffix(,)
  0};
static const unsigned char file23[] = {
#embed "../../SDK/cpp/taskhost/extensions.hpp" suffix(,)
  0};
static const unsigned char file24[] = {
#embed "../../SDK/cpp/taskhost/guard.hpp" suffix(,)
  0};
static const unsigned char file25[] = {
#embed "../../SDK/cpp/taskhost/hooks.hpp" suffix(,)
  0};
static const unsigned char file26[] = {
#embed "../../SDK/cpp/taskhost/host.hpp" suffix(,)
  0};
static const unsigned char file27[] = {
#embed "../../SDK/cpp/taskhost/output.hpp" suffix(,)
  0};
static const unsigned char file28[] = {
#embed "../../SDK/cpp/taskhost/queue_hooks.hpp" suffix(,)
  0};
static const unsigned char file29[] = {
#embed "../../SDK/cpp/taskhost/worker_hooks.hpp" suffix(,)
  0};
static const unsigned char file30[] = {
#embed "../../SDK/include/module.modulemap" suffix(,)
  0};
static const unsigned char file31[] = {
#embed "../../SDK/include/taskhost.h" suffix(,)
  0};
static const unsigned char file32[] = {
#embed "../../SDK/include/taskhost_ext.h" suffix(,)
  0};
static const unsigned char file33[] = {
#embed "../../SDK/plugin.map" suffix(,)
  0};
static const unsigned char file34[] = {
#embed "../../SDK/rust/Cargo.toml" suffix(,)
  0};
static const unsigned char file35[] = {
#embed "../../SDK/rust/src/bytes.rs" suffix(,)
  0};
static const unsigned char file36[] = {
#embed "../../SDK/rust/src/call.rs" suffix(,)
  0};
static const unsigned char file37[] = {
#embed "../../SDK/rust/src/edge.rs" suffix(,)
  0};
static const unsigned char file38[] = {
#embed "../../SDK/rust/src/edge/names.rs" suffix(,)
  0};
static const unsigned char file39[] = {
#embed "../../SDK/rust/src/edge/queue.rs" suffix(,)
  0};
static const unsigned char file40[] = {
#embed "../../SDK/rust/src/edge/tables.rs" suffix(,)
  0};
static const unsigned char file41[] = {
#embed "../../SDK/rust/src/edge/worker.rs" suffix(,)
  0};
static const unsigned char file42[] = {
#embed "../../SDK/rust/src/error.rs" suffix(,)
  0};
static const unsigned char file43[] = {
#embed "../../SDK/rust/src/ext.rs" suffix(,)
  0};
static const unsigned char file44[] = {
#embed "../../SDK/rust/src/host.rs" suffix(,)
  0};
static const unsigned char file45[] = {
#embed "../../SDK/rust/src/kind.rs" suffix(,)
  0};
static const unsigned char file46[] = {
#embed "../../SDK/rust/src/lib.rs" suffix(,)
  0};
static const unsigned char file47[] = {
#embed "../../SDK/rust/src/manifest.rs" suffix(,)
  0};
static const unsigned char file48[] = {
#embed "../../SDK/rust/src/out.rs" suffix(,)
  0};
static const unsigned char file49[] = {
#embed "../../SDK/rust/src/panics.rs" suffix(,)
  0};
static const unsigned char file50[] = {
#embed "../../SDK/rust/src/sys.rs" suffix(,)
  0};
static const unsigned char file51[] = {
#embed "../../SDK/templates/c/Makefile" suffix(,)
  0};
static const unsigned char file52[] = {
#embed "../../SDK/templates/c/src/kind.c" suffix(,)
  0};
static const unsigned char file53[] = {
#embed "../../SDK/templates/common/.github/workflows/check.yml" suffix(,)
  0};
static const unsigned char file54[] = {
#embed "../../SDK/templates/common/.gitignore" suffix(,)
  0};
static const unsigned char file55[] = {
#embed "../../SDK/templates/common/Makefile.tail" suffix(,)
  0};
static const unsigned char file56[] = {
#embed "../../SDK/templates/common/README.md" suffix(,)
  0};
static const unsigned char file57[] = {
#embed "../../SDK/templates/common/examples/empty.txt" suffix(,)
  0};
static const unsigned char file58[] = {
#embed "../../SDK/templates/common/examples/long.txt" suffix(,)
  0};
static const unsigned char file59[] = {
#embed "../../SDK/templates/common/examples/short.txt" suffix(,)
  0};
static const unsigned char file60[] = {
#embed "../../SDK/templates/common/expected.txt" suffix(,)
  0};
static const unsigned char file61[] = {
#embed "../../SDK/templates/cpp/Makefile" suffix(,)
  0};
static const unsigned char file62[] = {
#embed "../../SDK/templates/cpp/src/kind.cpp" suffix(,)
  0};
static const unsigned char file63[] = {
#embed "../../SDK/templates/rust/Cargo.lock" suffix(,)
  0};
static const unsigned char file64[] = {
#embed "../../SDK/templates/rust/Cargo.toml" suffix(,)
  0};
static const unsigned char file65[] = {
#embed "../../SDK/templates/rust/Makefile" suffix(,)
  0};
static const unsigned char file66[] = {
#embed "../../SDK/templates/rust/src/lib.rs" suffix(,)
  0};
static const unsigned char file67[] = {
#embed "../../SDK/templates/swift/Makefile" suffix(,)
  0};
static const unsigned char file68[] = {
#embed "../../SDK/templates/swift/Package.swift.in" suffix(,)
  0};
static const unsigned char file69[] = {
#embed "../../SDK/templates/swift/Sources/Kind/Kind.swift.in" suffix(,)
  0};
static const unsigned char file70[] = {
#embed "../../SDK/templates/swift/Sources/KindManifest/Manifest.c" suffix(,)
  0};
static const unsigned char file71[] = {
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
    {"cpp/taskhost/bytes.hpp", file20, sizeof file20 - 1},
    {"cpp/taskhost/call.hpp", file21, sizeof file21 - 1},
    {"cpp/taskhost/description.hpp", file22, sizeof file22 - 1},
    {"cpp/taskhost/extensions.hpp", file23, sizeof file23 - 1},
    {"cpp/taskhost/guard.hpp", file24, sizeof file24 - 1},
    {"cpp/taskhost/hooks.hpp", file25, sizeof file25 - 1},
    {"cpp/taskhost/host.hpp", file26, sizeof file26 - 1},
    {"cpp/taskhost/output.hpp", file27, sizeof file27 - 1},
    {"cpp/taskhost/queue_hooks.hpp", file28, sizeof file28 - 1},
    {"cpp/taskhost/worker_hooks.hpp", file29, sizeof file29 - 1},
    {"include/module.modulemap", file30, sizeof file30 - 1},
    {"include/taskhost.h", file31, sizeof file31 - 1},
    {"include/taskhost_ext.h", file32, sizeof file32 - 1},
    {"plugin.map", file33, sizeof file33 - 1},
    {"rust/Cargo.toml", file34, sizeof file34 - 1},
    {"rust/src/bytes.rs", file35, sizeof file35 - 1},
    {"rust/src/call.rs", file36, sizeof file36 - 1},
    {"rust/src/edge.rs", file37, sizeof file37 - 1},
    {"rust/src/edge/names.rs", file38, sizeof file38 - 1},
    {"rust/src/edge/queue.rs", file39, sizeof file39 - 1},
    {"rust/src/edge/tables.rs", file40, sizeof file40 - 1},
    {"rust/src/edge/worker.rs", file41, sizeof file41 - 1},
    {"rust/src/error.rs", file42, sizeof file42 - 1},
    {"rust/src/ext.rs", file43, sizeof file43 - 1},
    {"rust/src/host.rs", file44, sizeof file44 - 1},
    {"rust/src/kind.rs", file45, sizeof file45 - 1},
    {"rust/src/lib.rs", file46, sizeof file46 - 1},
    {"rust/src/manifest.rs", file47, sizeof file47 - 1},
    {"rust/src/out.rs", file48, sizeof file48 - 1},
    {"rust/src/panics.rs", file49, sizeof file49 - 1},
    {"rust/src/sys.rs", file50, sizeof file50 - 1},
    {"templates/c/Makefile", file51, sizeof file51 - 1},
    {"templates/c/src/kind.c", file52, sizeof file52 - 1},
    {"templates/common/.github/workflows/check.yml", file53, sizeof file53 - 1},
    {"templates/common/.gitignore", file54, sizeof file54 - 1},
    {"templates/common/Makefile.tail", file55, sizeof file55 - 1},
    {"templates/common/README.md", file56, sizeof file56 - 1},
    {"templates/common/examples/empty.txt", file57, sizeof file57 - 1},
    {"templates/common/examples/long.txt", file58, sizeof file58 - 1},
    {"templates/common/examples/short.txt", file59, sizeof file59 - 1},
    {"templates/common/expected.txt", file60, sizeof file60 - 1},
    {"templates/cpp/Makefile", file61, sizeof file61 - 1},
    {"templates/cpp/src/kind.cpp", file62, sizeof file62 - 1},
    {"templates/rust/Cargo.lock", file63, sizeof file63 - 1},
    {"templates/rust/Cargo.toml", file64, sizeof file64 - 1},
    {"templates/rust/Makefile", file65, sizeof file65 - 1},
    {"templates/rust/src/lib.rs", file66, sizeof file66 - 1},
    {"templates/swift/Makefile", file67, sizeof file67 - 1},
    {"templates/swift/Package.swift.in", file68, sizeof file68 - 1},
    {"templates/swift/Sources/Kind/Kind.swift.in", file69, sizeof file69 - 1},
    {"templates/swift/Sources/KindManifest/Manifest.c", file70, sizeof file70 - 1},
    {"templates/swift/Sources/KindManifest/include/Manifest.h", file71, sizeof file71 - 1},
  };
  *count = sizeof files / sizeof *files;
  return files;
}
