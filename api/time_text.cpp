#include "api/time_text.hpp"

#include <chrono>
#include <cstdio>

namespace weir::api
{

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

} // namespace weir::api
