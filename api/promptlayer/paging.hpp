#pragma once

#include "api/failure.hpp"
#include "api/types.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace weir::api::promptlayer
{

/// A page of a list, which clients ask for by its number from 1 on.
struct page_of {
    std::int64_t page = 1, per_page = 10;

    std::int64_t offset() const { return (page - 1) * per_page; }
    /// Pages of a list of so many.
    std::int64_t pages(std::int64_t total) const { return (total + per_page - 1) / per_page; }
    std::optional<std::int64_t> next(std::int64_t total) const
    {
        return page < pages(total) ? std::optional(page + 1) : std::nullopt;
    }
    std::optional<std::int64_t> previous() const { return page > 1 ? std::optional(page - 1) : std::nullopt; }
};

/// `place` is where the numbers stand: body or query.
inline result<page_of> read_page(std::optional<std::int64_t> page, std::optional<std::int64_t> per_page,
                                 std::int64_t most, std::string_view place)
{
    constexpr std::int64_t last = 1'000'000;
    page_of read;
    read.page = page.value_or(read.page);
    read.per_page = per_page.value_or(read.per_page);
    if (read.page < 1 || read.page > last) return unprocessable("page: must be from 1 to 1000000", place);
    if (read.per_page < 1 || read.per_page > most)
        return unprocessable("per_page: must be from 1 to " + std::to_string(most), place);
    return read;
}

/// Fills those members of an answer that say which page of how many it is.
template <class Answer>
void put_page(page_of const& page, std::int64_t total, Answer& answer)
{
    answer.page = page.page;
    answer.per_page = page.per_page;
    answer.total = total;
    answer.pages = page.pages(total);
}

} // namespace weir::api::promptlayer
