#include "api/endpoints.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>

/// The table of all operations in docs/api.md says what is served, and which test shows it.
namespace weir::api::test
{
namespace
{

/// What the table says of an endpoint before it names the test.
std::string row_of(endpoint const& e)
{
    return "| " + std::string(name_of(e.method)) + " | `" + std::string(e.path) + "` | " + std::string(e.summary) +
           " | ";
}

/// Whether a text has all parts of a path but its parameters.
bool mentions(std::string const& text, std::string_view path)
{
    while (!path.empty()) {
        auto const part = path.substr(0, path.find('{'));
        if (text.find(part) == text.npos) return false;
        auto const close = path.find('}');
        path = close == path.npos ? std::string_view() : path.substr(close + 1);
    }
    return true;
}

std::set<std::string> rows_of_page()
{
    std::istringstream page(weir::test::content_of(std::string(WEIR_SOURCE_DIR) + "/docs/api.md"));
    std::set<std::string> rows;
    for (std::string line; std::getline(page, line);)
        for (auto const* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
            if (line.starts_with("| " + std::string(method) + " | ")) rows.insert(line);
    return rows;
}

} // namespace

BOOST_AUTO_TEST_CASE(every_operation_is_in_the_table_with_a_test_that_calls_it)
{
    auto left = rows_of_page();
    for (auto const& g : all_endpoints())
        for (auto const& e : g.endpoints) {
            auto const begin = row_of(e);
            auto const row = left.lower_bound(begin);
            BOOST_TEST((row != left.end() && row->starts_with(begin)), "docs/api.md lacks: " << begin << "`TEST` |");
            if (row == left.end() || !row->starts_with(begin)) continue;
            auto const test = row->substr(begin.size() + 1, row->rfind('`') - begin.size() - 1);
            auto const source = weir::test::content_of(std::string(WEIR_SOURCE_DIR) + "/tests/api/" + test + ".cpp");
            bool const is_followed = e.path.starts_with("/v1/public/request/") ||
                                     e.path.starts_with("/v1/public/dataset-row/"); // a link out of another answer
            BOOST_TEST((is_followed ? !source.empty() : mentions(source, e.path)),
                       "tests/api/" << test << ".cpp does not call " << e.path);
            left.erase(row);
        }
    for (auto const& row : left) BOOST_TEST(false, "docs/api.md says what is not served: " << row);
}

} // namespace weir::api::test
