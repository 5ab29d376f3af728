#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace weir::test
{

/// A process of the weir binary, its output read as it comes. Killed with SIGKILL when this goes before it has ended.
class process
{
public:
    /// What its standard error is.
    enum class errors_to { pipe, terminal };

    /// Runs `weir ARGUMENTS` in `folder`.
    process(std::vector<std::string> const& arguments, std::string const& folder, errors_to where = errors_to::pipe);
    process(process const&) = delete;
    process& operator=(process const&) = delete;
    ~process();

    /// What stands behind the first `mark` in standard error, up to the end of its line; waits until it is there.
    std::string told_after(std::string_view mark);
    /// The port in a line "… listening on 127.0.0.1:PORT".
    std::uint16_t port_of(std::string_view side);

    void signal(int number) const;
    /// Its exit code, once it has ended; 128 and the signal's number when one ended it.
    int wait();

    /// What it has written, all of it after wait().
    std::string const& output() const { return output_; }
    std::string const& errors() const { return errors_; }

private:
    void read(std::chrono::milliseconds wait);

    pid_t id_ = -1;
    int output_pipe_ = -1, errors_pipe_ = -1;
    std::string output_, errors_;
};

/// What became of a process: its exit code as process::wait() gives it, and all that it wrote.
struct ended {
    int code;
    std::string output, errors;
};

/// Runs `weir ARGUMENTS` in `folder` to its end.
ended run(std::vector<std::string> const& arguments, std::string const& folder);

} // namespace weir::test
