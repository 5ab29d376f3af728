#pragma once

#include "pricing/price_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::pricing
{

/// A model, whoever offers it.
struct registered_model {
    std::string id;     ///< its name, lower case, without what providers put before and behind it
    std::string name;   ///< the same as its author spells it, or else who offers it first
    std::string author; ///< who made it, as far as its name tells; else who offers it
    std::optional<std::int64_t> max_input, max_output; ///< the greatest of its offers
    std::vector<price_row const*> offers;              ///< by provider; several of one differ in region or size
};

/// The models of the embedded table whose prices hold at `now_us`, by id. What they refer to is the table's.
std::vector<registered_model> registered_models(price_table const& table, std::int64_t now_us);

} // namespace weir::pricing
