#pragma once

#include "api/promptlayer/values.hpp"
#include "storage/change_times.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::api::promptlayer
{

/// The times that a list is asked for by its members `created_after`, `created_before`, `updated_after` and
/// `updated_before`.
template <class Asked>
result<storage::change_times> read_change_times(Asked const& asked)
{
    storage::change_times when;
    struct {
        std::optional<std::string> const& given;
        std::string_view field;
        std::optional<std::int64_t>& to;
    } const bounds[] = {
        {asked.created_after, "created_after", when.created_from_us},
        {asked.created_before, "created_before", when.created_to_us},
        {asked.updated_after, "updated_after", when.updated_from_us},
        {asked.updated_before, "updated_before", when.updated_to_us},
    };
    for (auto const& bound : bounds) {
        if (!bound.given) continue;
        auto const us = time_us(time_value(*bound.given), bound.field);
        if (!us) return us.error();
        bound.to = *us;
    }
    return when;
}

} // namespace weir::api::promptlayer
