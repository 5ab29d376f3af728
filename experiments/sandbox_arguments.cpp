#include "experiments/sandbox_arguments.hpp"

#include "net/text.hpp"

#include <algorithm>

namespace weir::experiments
{
namespace
{

constexpr std::string_view behind_paths = "--";

} // namespace

std::vector<std::string> to_arguments(sandboxed_command const& what)
{
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(what.cpu_time).count();
    std::vector<std::string> all{std::to_string(what.memory), std::to_string(std::max<std::int64_t>(seconds, 1))};
    all.insert(all.end(), what.readable.begin(), what.readable.end());
    all.emplace_back(behind_paths);
    all.insert(all.end(), what.command.begin(), what.command.end());
    return all;
}

std::optional<sandbox_arguments> read_arguments(std::vector<std::string> const& from)
{
    auto const end = std::find(from.begin(), from.end(), behind_paths);
    if (end == from.end() || end - from.begin() < 2 || end + 1 == from.end()) return std::nullopt;
    auto const memory = net::parse_number(from[0]), seconds = net::parse_number(from[1]);
    if (!memory || !seconds) return std::nullopt;
    return sandbox_arguments{.memory = *memory,
                             .cpu_seconds = *seconds,
                             .readable = {from.begin() + 2, end},
                             .command = {end + 1, from.end()}};
}

} // namespace weir::experiments
