#include "api/filters.hpp"
#include "api/read_json.hpp"
#include "api/request_types.hpp"
#include "storage/sql.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <cstdlib>

namespace
{

void require(bool holds)
{
    if (!holds) std::abort();
}

/// What the SQL of a filter is made of is weir's own text: quotes and brackets are even, and it has a placeholder for
/// each value at most. A client's byte in it would break that sooner or later.
void check(weir::storage::sql const& asked)
{
    int open = 0;
    bool is_quoted = false;
    for (char const c : asked.text()) {
        require(c >= ' ' && c < 0x7F);
        if (c == '\'') is_quoted = !is_quoted;
        if (is_quoted) continue;
        open += c == '(' ? 1 : c == ')' ? -1 : 0;
        require(open >= 0 && c != ';');
    }
    require(open == 0 && !is_quoted);
    auto const last = '?' + std::to_string(asked.values().size());
    require(asked.values().empty() || asked.text().find(last) != std::string::npos);
}

} // namespace

/// The input is the body of a query.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace weir;
    boost::json::value body;
    if (api::parse_json({reinterpret_cast<char const*>(data), size}, body, "body")) return 0;
    api::request_query_params asked;
    if (api::read_json(body, asked)) return 0;
    auto const filter = api::read_filter(asked.filter, "filter");
    if (!filter) return 0;
    storage::sql text;
    storage::append_filter(*filter, text);
    check(text);
    return 0;
}
