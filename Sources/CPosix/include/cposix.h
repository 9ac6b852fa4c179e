#pragma once
#include "cposix_plugin.h"
