#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace weir
{

/// One line on the terminal, written again and again; nothing where standard error is no terminal.
class progress_line
{
public:
    progress_line() = default;
    progress_line(progress_line const&) = delete;
    progress_line& operator=(progress_line const&) = delete;
    ~progress_line() { clear(); }

    /// Shows what `text()` says, ten times a second at most.
    template <class Text>
    void show(Text text)
    {
        auto const now = std::chrono::steady_clock::now();
        if (!is_terminal_ || now - shown_ < std::chrono::milliseconds(100)) return;
        shown_ = now;
        std::fprintf(stderr, "\r\033[K%s", std::string(text()).c_str());
    }

    void clear()
    {
        if (is_terminal_) std::fputs("\r\033[K", stderr);
    }

private:
    bool const is_terminal_ = ::isatty(STDERR_FILENO) == 1;
    std::chrono::steady_clock::time_point shown_{};
};

/// "2026-11-25 09:30", UTC.
std::string minute_text(std::chrono::system_clock::time_point when);

} // namespace weir
