#include "config/load.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// Any text is either a configuration or a list of clear errors.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    static std::string const file = "/tmp/weir-fuzz-config-" + std::to_string(::getpid()) + ".toml";
    if (auto* out = std::fopen(file.c_str(), "wb")) {
        std::fwrite(data, 1, size, out);
        std::fclose(out);
    }
    auto const loaded = weir::config::load({.file = file, .environment = {}, .flags = {}});
    for (auto const& error : loaded.errors)
        if (error.empty()) std::abort();
    std::remove(file.c_str());
    return 0;
}
