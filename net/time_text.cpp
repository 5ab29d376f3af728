#include "net/time_text.hpp"

#include <chrono>
#include <cstdio>

namespace weir::net
{

namespace
{

/// Takes so many digits off the front of `text`; false when they are not there.
bool take_digits(std::string_view& text, std::size_t count, int& value)
{
    if (text.size() < count) return false;
    value = 0;
    for (char const c : text.substr(0, count)) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return true;
}

bool take(std::string_view& text, char c)
{
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

/// ".123456789", of which microseconds are kept.
bool take_fraction(std::string_view& text, std::int64_t& us)
{
    if (!take(text, '.')) return true;
    std::int64_t weight = 100'000;
    int digit = 0;
    bool any = false;
    while (!text.empty() && take_digits(text, 1, digit)) {
        any = true;
        us += digit * weight;
        weight /= 10;
    }
    return any;
}

/// "Z", "+01:00", "-0130", "+01", or nothing.
bool take_zone(std::string_view& text, std::int64_t& minutes)
{
    if (text.empty() || take(text, 'Z') || take(text, 'z')) return true;
    bool const is_east = text.front() == '+';
    if (!is_east && text.front() != '-') return false;
    text.remove_prefix(1);
    int hours = 0, rest = 0;
    if (!take_digits(text, 2, hours) || hours > 23) return false;
    if (!text.empty()) {
        take(text, ':');
        if (!take_digits(text, 2, rest) || rest > 59) return false;
    }
    minutes = (is_east ? 1 : -1) * (hours * 60 + rest);
    return true;
}

} // namespace

std::optional<std::int64_t> parse_time(std::string_view text)
{
    using namespace std::chrono;
    int year_number = 0, month_number = 0, day_number = 0;
    if (!take_digits(text, 4, year_number) || !take(text, '-') || !take_digits(text, 2, month_number) ||
        !take(text, '-') || !take_digits(text, 2, day_number))
        return std::nullopt;
    year_month_day const date(year(year_number), month(static_cast<unsigned>(month_number)),
                              day(static_cast<unsigned>(day_number)));
    if (!date.ok()) return std::nullopt;
    std::int64_t us = duration_cast<microseconds>(sys_days(date).time_since_epoch()).count();
    if (text.empty()) return us;

    int hour = 0, minute = 0, second = 0;
    std::int64_t zone = 0;
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
    if (!take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute)) return std::nullopt;
    if (take(text, ':') && (!take_digits(text, 2, second) || !take_fraction(text, us))) return std::nullopt;
    if (!take_zone(text, zone) || !text.empty() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return us + ((hour * 60 + minute - zone) * 60 + second) * 1'000'000LL;
}

std::string time_text(std::int64_t time_us)
{
    using namespace std::chrono;
    auto const time = floor<milliseconds>(sys_time<microseconds>(microseconds(time_us)));
    auto const day = floor<days>(time);
    year_month_day const date(day);
    hh_mm_ss const of_day(time - day);
    char text[64];
    auto const length =
        std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(of_day.hours().count()), static_cast<int>(of_day.minutes().count()),
                      static_cast<int>(of_day.seconds().count()), static_cast<int>(of_day.subseconds().count()));
    return {text, static_cast<std::size_t>(length)};
}

} // namespace weir::net
