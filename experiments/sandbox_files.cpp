#include "experiments/sandbox_files.hpp"

#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weir::experiments
{
namespace
{

/// The kernel's landlock_ruleset_attr, all of it: headers are often older than the kernel.
struct ruleset {
    std::uint64_t files, ports, scopes;
};

constexpr std::uint64_t may_run = LANDLOCK_ACCESS_FS_EXECUTE, read_file = LANDLOCK_ACCESS_FS_READ_FILE,
                        read_folder = LANDLOCK_ACCESS_FS_READ_DIR, write_file = LANDLOCK_ACCESS_FS_WRITE_FILE;

/// What each version of Landlock can forbid.
ruleset all_of(long version)
{
    ruleset all{.files = (1U << 13U) - 1, .ports = 0, .scopes = 0};
    if (version >= 2) all.files |= 1U << 13U; // to link and rename to other folders
    if (version >= 3) all.files |= 1U << 14U; // to truncate
    if (version >= 4) all.ports = 3;          // to bind and to connect
    if (version >= 5) all.files |= 1U << 15U; // to control devices
    if (version >= 6) all.scopes = 3;         // abstract sockets, and signals
    return all;
}

/// A path that is not there needs no rule.
bool allow(int rules, std::string const& path, std::uint64_t access)
{
    int const at = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (at < 0) return true;
    struct stat is {
    };
    bool const is_folder = ::fstat(at, &is) == 0 && S_ISDIR(is.st_mode);
    landlock_path_beneath_attr rule{};
    rule.allowed_access = is_folder ? access : access & ~read_folder;
    rule.parent_fd = at;
    bool const done = ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    ::close(at);
    return done;
}

/// Where systems keep programs, libraries, and what these read at their start.
std::vector<std::string> system_paths()
{
    std::vector<std::string> all{"/usr",
                                 "/bin",
                                 "/sbin",
                                 "/lib",
                                 "/lib32",
                                 "/lib64",
                                 "/etc/ld.so.cache",
                                 "/etc/localtime",
                                 "/etc/ssl/openssl.cnf"};
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/etc", error), end; !error && entry != end; entry.increment(error))
        if (entry->path().filename().native().starts_with("python")) all.push_back(entry->path().native());
    return all;
}

} // namespace

bool hide_files(std::vector<std::string> const& readable)
{
    auto const version =
        ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return false;
    auto const all = all_of(version);
    auto const rules = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0));
    if (rules < 0) return false;
    bool done = allow(rules, "/dev/null", read_file | write_file);
    for (auto const* device : {"/dev/zero", "/dev/random", "/dev/urandom"})
        done = done && allow(rules, device, read_file);
    for (auto const& path : system_paths()) done = done && allow(rules, path, may_run | read_file | read_folder);
    for (auto const& path : readable) done = done && allow(rules, path, may_run | read_file | read_folder);
    done = done && ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    ::close(rules);
    return done;
}

} // namespace weir::experiments
