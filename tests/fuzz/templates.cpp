#include "prompts/f_string.hpp"
#include "prompts/jinja.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdlib>

namespace
{

using namespace weir::prompts;
namespace json = boost::json;

void require(bool holds)
{
    if (!holds) std::abort();
}

json::object const& variables()
{
    static json::object const all =
        json::parse(R"({"name": "Ada", "n": 3, "r": 2.5, "no": null, "yes": true, "text": "a b\nc <d> \u00e9",
                        "list": [3, 1, 2], "words": ["b", "A", "b"], "user": {"name": "Bo", "tags": ["x", "y"]},
                        "rows": [{"k": 1, "v": "x"}, {"k": 2, "v": "y"}]})")
            .as_object();
    return all;
}

} // namespace

/// The input is a template of either kind.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const source{reinterpret_cast<char const*>(data), size};
    constexpr std::size_t most = 256 * 1024;

    render_budget budget{.work = most, .output = most};
    auto const rendered = render_jinja(source, variables(), budget);
    require(!rendered || rendered->size() <= most);
    auto const names = jinja_variables(source);
    require(!rendered || names); // what can be rendered can be read
    require(rendered || !rendered.error().what.empty());

    budget = {.work = most, .output = most};
    auto const filled = render_f_string(source, variables(), budget);
    require(!filled || filled->size() <= most);
    f_string_variables(source);
    return 0;
}
