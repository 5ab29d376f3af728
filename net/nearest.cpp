#include "net/nearest.hpp"

#include "net/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace weir::net
{
namespace
{

constexpr std::size_t longest_word = 64; // beyond it nobody mistyped; bounds the work, too

/// How many letters must be put in, taken out, changed or swapped with their neighbour (optimal string alignment); case
/// does not count.
std::size_t distance(std::string_view a, std::string_view b)
{
    using row = std::array<std::size_t, longest_word + 1>;
    row before_last{}, last{}, current{};
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const same = lower(a[i - 1]) == lower(b[j - 1]);
            current[j] = std::min({last[j - 1] + !same, last[j] + 1, current[j - 1] + 1});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                current[j] = std::min(current[j], before_last[j - 2] + 1);
        }
        before_last = last;
        last = current;
    }
    return last[b.size()];
}

} // namespace

std::string_view nearest(std::string_view given, std::span<std::string_view const> known)
{
    if (given.empty() || given.size() > longest_word) return {};
    std::string_view best;
    auto least = std::max<std::size_t>(1, given.size() / 3) + 1;
    for (auto const word : known) {
        if (word.size() > longest_word) continue;
        if (auto const d = distance(given, word); d < least) {
            least = d;
            best = word;
        }
    }
    return best;
}

} // namespace weir::net
