#include "CExec.h"
#include <taskhost.h>

TH_MANIFEST(
    "{\"schema\":1,\"id\":\"org.taskhost.exec\",\"name\":\"exec\",\"version\":\"1.0.0\","
    "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"exec/1\","
    "\"flags\":[\"fork_safe\",\"polls_cancel\"],"
    "\"summary\":\"Runs commands in parallel, one for each argument\","
    "\"examples\":[\"echo\",\"{}\",\":::\",\"one\",\"two words\"],"
    "\"sdk\":\"taskhost-swift 1.0\","
    "\"needs\":{\"network\":false,\"filesystem\":\"read\",\"spawn\":true,\"threads\":false},"
    "\"config\":["
    "{\"key\":\"command\",\"type\":\"string\",\"default\":\"\","
    "\"help\":\"the command template, split at spaces; all words are then arguments\"},"
    "{\"key\":\"shell\",\"type\":\"string\",\"default\":\"no\","
    "\"help\":\"yes: the command is a command line for /bin/sh; a path: for that shell\"},"
    "{\"key\":\"colsep\",\"type\":\"string\",\"default\":\"\","
    "\"help\":\"regular expression at which arguments are cut into columns {1} {2} ...\"},"
    "{\"key\":\"trim\",\"type\":\"string\",\"default\":\"n\","
    "\"help\":\"white space to take from arguments: n, l, r, lr or rl; with colsep lr if not set\"},"
    "{\"key\":\"max-args\",\"type\":\"int\",\"default\":1,\"min\":1,\"max\":1000000,"
    "\"help\":\"most arguments of one command\"},"
    "{\"key\":\"directory\",\"type\":\"string\",\"default\":\"\","
    "\"help\":\"where commands run; may hold replacement strings\"},"
    "{\"key\":\"retry\",\"type\":\"bool\",\"default\":false,"
    "\"help\":\"a command that fails is an error, which --retries repeats\"},"
    "{\"key\":\"idempotent\",\"type\":\"bool\",\"default\":false,"
    "\"help\":\"a command whose worker died may be run again\"}]}");

void exec_manifest_keep(void) { (void)th_manifest_note; }
