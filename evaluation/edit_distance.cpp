#include "evaluation/edit_distance.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace weir::evaluation
{
namespace
{

constexpr std::size_t most_steps = 10'000'000;

/// The characters of a text; bytes that are no UTF-8 count as one each.
std::vector<std::uint32_t> code_points(std::string_view text)
{
    std::vector<std::uint32_t> out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0U) == 0x80U && !out.empty())
            out.back() = out.back() << 8U | byte;
        else
            out.push_back(byte);
    }
    return out;
}

} // namespace

std::optional<double> similarity(std::string_view a, std::string_view b)
{
    if (a == b) return 1;
    auto shorter = code_points(a), longer = code_points(b);
    if (shorter.size() > longer.size()) std::swap(shorter, longer);
    if (shorter.empty()) return 0;
    if (longer.size() > most_steps / shorter.size()) return std::nullopt;
    std::vector<std::size_t> row(shorter.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < longer.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < shorter.size(); ++j) {
            auto const replaced = diagonal + (longer[i] == shorter[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
        }
    }
    return 1 - static_cast<double>(row.back()) / static_cast<double>(longer.size());
}

} // namespace weir::evaluation
