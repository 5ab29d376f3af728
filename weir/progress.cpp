#include "weir/progress.hpp"

namespace weir
{

std::string minute_text(std::chrono::system_clock::time_point when)
{
    using std::chrono::days;
    auto const day = std::chrono::floor<days>(when);
    std::chrono::year_month_day const date(day);
    auto const minutes = std::chrono::floor<std::chrono::minutes>(when - day).count();
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
    return text;
}

} // namespace weir
