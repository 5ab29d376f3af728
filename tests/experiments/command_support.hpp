#pragma once

#include "experiments/command_pool.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace weir::test
{

/// The command of these tests, where anybody may execute it: of root's weir commands are nobody's, and a checkout may
/// lie where only root may go.
inline std::string const& hostile_command()
{
    struct copy {
        temp_folder folder;
        std::string path = folder.file("command");

        copy()
        {
            using std::filesystem::perms;
            constexpr auto all = perms::owner_all | perms::group_exec | perms::others_exec;
            std::filesystem::permissions(folder.file(""), all);
            std::filesystem::copy_file(HOSTILE_COMMAND, path);
            std::filesystem::permissions(path, all | perms::group_read | perms::others_read);
        }
    };
    static copy const made;
    return made.path;
}

/// What a test's command is run by: the weir of this build.
inline experiments::sandboxed_command hostile(std::vector<std::string> arguments)
{
    experiments::sandboxed_command what;
    what.command = std::move(arguments);
    what.command.insert(what.command.begin(), hostile_command());
    what.time = std::chrono::seconds(60);
    what.weir = WEIR_BINARY;
    return what;
}

} // namespace weir::test
