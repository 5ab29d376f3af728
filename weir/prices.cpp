#include "weir/prices.hpp"

#include <fstream>
#include <iterator>

namespace weir
{

boost::system::result<pricing::price_table, std::string> load_prices(config::settings const& settings)
{
    auto table = pricing::price_table::embedded();
    auto const& path = settings.cost.prices_file;
    if (path.empty()) return table;
    std::ifstream file(path, std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(file), {});
    if (!file.is_open() || file.bad()) return "cost.prices_file: " + path + " cannot be read";
    if (auto const added = table.add(text); !added) return "cost.prices_file: " + path + ": " + added.error();
    return table;
}

} // namespace weir
