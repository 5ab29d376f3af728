#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// Lines on standard error, as text or JSON. Any thread. A line never holds a secret or a body: callers name what they
/// log field by field.
namespace weir::log
{

enum class level : unsigned char { trace, debug, info, warn, error };

/// From this level on lines are written, in this form. At start, before other threads.
void configure(level least, bool json);

/// The same of the level alone, at any time.
void set_level(level least);

/// The level of that name; info for an unknown one.
level level_of(std::string_view name);

struct value {
    std::string_view key;
    std::string text;

    value(std::string_view k, std::string t)
        : key(k)
        , text(std::move(t))
    {
    }
    value(std::string_view k, std::string_view t)
        : key(k)
        , text(t)
    {
    }
    value(std::string_view k, char const* t)
        : key(k)
        , text(t)
    {
    }
    value(std::string_view k, long long n)
        : key(k)
        , text(std::to_string(n))
    {
    }
};

void write(level at, std::string_view message, std::initializer_list<value> values = {});

inline void debug(std::string_view message, std::initializer_list<value> values = {})
{
    write(level::debug, message, values);
}
inline void info(std::string_view message, std::initializer_list<value> values = {})
{
    write(level::info, message, values);
}
inline void warn(std::string_view message, std::initializer_list<value> values = {})
{
    write(level::warn, message, values);
}
inline void error(std::string_view message, std::initializer_list<value> values = {})
{
    write(level::error, message, values);
}

} // namespace weir::log
