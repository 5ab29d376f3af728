#include "api/endpoints.hpp"
#include "api/text_limits.hpp"
#include "api/time_filters.hpp"
#include "storage/properties.hpp"

#include <string>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct property_keys_request {
    nothing body;
};
BOOST_DESCRIBE_STRUCT(property_keys_request, (), (body))

struct property {
    std::string property;
};
BOOST_DESCRIBE_STRUCT(property, (), (property))

struct search_term {
    std::string searchTerm;
};
BOOST_DESCRIBE_STRUCT(search_term, (), (searchTerm))

struct search_property_request {
    std::string propertyKey;
    search_term body;
};
BOOST_DESCRIBE_STRUCT(search_property_request, (), (propertyKey, body))

struct time_filter_request {
    time_filter timeFilter;
};
BOOST_DESCRIBE_STRUCT(time_filter_request, (), (timeFilter))

struct top_costs_request {
    std::string propertyKey;
    time_filter_request body;
};
BOOST_DESCRIBE_STRUCT(top_costs_request, (), (propertyKey, body))

struct property_cost {
    std::string value;
    double cost = 0;
};
BOOST_DESCRIBE_STRUCT(property_cost, (), (value, cost))

namespace
{

constexpr std::size_t longest_term = 1000;

asio::awaitable<result<std::vector<property>>> all_properties(property_keys_request, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::property_keys(db, whose);
    };
    auto const keys = co_await with.store.read(query);
    if (!keys) co_return keys.error();
    std::vector<property> shown;
    for (auto const& key : *keys) shown.push_back({key});
    co_return shown;
}

asio::awaitable<result<std::vector<std::string>>> search_property(search_property_request asked, services& with)
{
    if (auto const bad = problem_with_text("searchTerm", asked.body.searchTerm, longest_term)) co_return *bad;
    auto const query = [whose = with.organization, asked = std::move(asked)](storage::connection& db) {
        return storage::search_property(db, whose, asked.propertyKey, asked.body.searchTerm);
    };
    auto const values = co_await with.store.read(query);
    if (!values) co_return values.error();
    co_return *values;
}

asio::awaitable<result<std::vector<property_cost>>> top_costs(top_costs_request asked, services& with)
{
    auto const when = read_range(asked.body.timeFilter, range_ends::neither);
    if (!when) co_return when.error();
    auto const query = [whose = with.organization, key = std::move(asked.propertyKey), when = *when](
                           storage::connection& db) { return storage::property_costs(db, whose, key, when); };
    auto const costs = co_await with.store.read(query);
    if (!costs) co_return costs.error();
    std::vector<property_cost> shown;
    for (auto const& one : *costs) shown.push_back({one.value, one.cost});
    co_return shown;
}

constexpr endpoint property_entries[] = {
    post<all_properties>("/v1/property/query", "GetProperties", "The names of all properties ever used"),
    post<search_property>("/v1/property/{propertyKey}/search", "SearchProperties",
                          "Values of a property that contain a text"),
    post<top_costs>("/v1/property/{propertyKey}/top-costs/query", "GetTopCosts",
                    "The values of a property whose requests cost most"),
};
static_assert(each_is_unique(property_entries));

} // namespace

constinit group const property_endpoints{"Property", property_entries};

} // namespace weir::api
