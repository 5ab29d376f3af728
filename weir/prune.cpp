#include "net/text.hpp"
#include "storage/migrations.hpp"
#include "storage/pruning.hpp"
#include "weir/commands.hpp"
#include "weir/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

namespace weir
{
namespace
{

using std::chrono::days;
using std::chrono::system_clock;

std::optional<system_clock::time_point> read_day(std::string_view text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    auto const year = net::parse_number(text.substr(0, 4)), month = net::parse_number(text.substr(5, 2)),
               day = net::parse_number(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    std::chrono::year_month_day const date(std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt; // what the clock's nanoseconds can hold
    return std::chrono::sys_days(date);
}

/// What is older goes; the error is a line for the operator.
boost::system::result<system_clock::time_point, std::string> cutoff_of(prune_arguments const& what,
                                                                       std::int64_t retain_days)
{
    auto const now = system_clock::now();
    if (!what.before.empty()) {
        auto const day = read_day(what.before);
        if (!day) return "--before " + what.before + ": write a day as YYYY-MM-DD, such as --before 2026-01-31";
        return std::min(*day, now);
    }
    auto const age = what.older_than_days > 0 ? what.older_than_days : retain_days;
    if (age == 0)
        return std::string("nothing says what is too old: give --older-than DAYS or --before YYYY-MM-DD, or set "
                           "storage.retain_days");
    return now - days(age);
}

std::string mib_text(std::int64_t bytes)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / (1 << 20));
    return text;
}

std::string told(storage::pruned const& so_far)
{
    auto text = "deleted " + std::to_string(so_far.requests) + " calls, up to " +
                minute_text(storage::time_of(so_far.before)) + " UTC; gave back " + mib_text(so_far.bytes_given);
    if (so_far.bytes_left > 0) text += ", " + mib_text(so_far.bytes_left) + " to go";
    return text;
}

/// What went wrong, and what to do.
std::string remedy_of(boost::system::error_code error)
{
    if (error == storage::errc::busy) return ": another process has locked it for half a minute: try again later";
    if (error == storage::errc::full)
        return ": free some space first: deleting writes to the disk before it gives back";
    return ": nothing is lost; try again when that is mended";
}

} // namespace

int prune(configuration_arguments const& arguments, prune_arguments const& what)
{
    auto const settings = load_settings_without_listening(arguments);
    if (!settings) return 2;
    auto const& stored = settings->storage;
    auto const cutoff = cutoff_of(what, stored.retain_days);
    if (!cutoff) return fail(2, cutoff.error());

    std::string problem;
    auto db = storage::open_current(stored.path, problem);
    if (!db) return fail(1, problem);
    progress_line line;
    storage::pruning_pace pace;
    pace.pause = [](std::chrono::milliseconds time) {
        std::this_thread::sleep_for(time);
        return true;
    };
    pace.report = [&line](storage::pruned const& so_far) { line.show([&] { return told(so_far); }); };
    auto const done = storage::prune(*db, storage::first_row_id(*cutoff), pace);
    line.clear();
    if (!done) return fail(1, stored.path + ": " + done.error().message() + remedy_of(done.error()));
    std::printf("deleted %lld calls from before %s UTC; %lld bytes given back (%s)\n",
                static_cast<long long>(done->requests), minute_text(*cutoff).c_str(),
                static_cast<long long>(done->bytes_given), mib_text(done->bytes_given).c_str());
    return 0;
}

} // namespace weir
