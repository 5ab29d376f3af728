#include "api/endpoints.hpp"
#include "api/experiment_view.hpp"
#include "api/filters.hpp"
#include "storage/connection.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// Experiments of the first kind with all that they have.
namespace weir::api
{

struct include_experiment_keys {
    std::optional<literal_true> inputs, promptVersion, responseBodies, score;
};
BOOST_DESCRIBE_STRUCT(include_experiment_keys, (), (inputs, promptVersion, responseBodies, score))
constexpr bool is_open(include_experiment_keys const*) { return true; }

struct query_experiments_params {
    experiment_filter filter;
    std::optional<include_experiment_keys> include;
};
BOOST_DESCRIBE_STRUCT(query_experiments_params, (), (filter, include))

struct query_experiments_request {
    query_experiments_params body;
};
BOOST_DESCRIBE_STRUCT(query_experiments_request, (), (body))

namespace
{

constexpr std::int64_t most_queried_experiments = 30;

result<std::vector<experiment>> query_in(storage::connection& db, storage::organization_id whose,
                                         storage::filter const& what, experiment_parts parts)
{
    auto const organization = storage::public_id_of_organization(db, whose);
    if (!organization) return organization.error();
    auto const found = storage::query_experiments(db, whose, what, most_queried_experiments);
    if (!found) return found.error();
    experiment_view view(db, whose, *organization, parts);
    std::vector<experiment> all;
    for (auto const& one : *found) {
        auto shown = view.show(one);
        if (!shown) return shown.error();
        all.push_back(std::move(*shown));
    }
    return all;
}

asio::awaitable<result<std::vector<experiment>>> query(query_experiments_request asked, services& with)
{
    auto what = read_filter(asked.body.filter, "filter");
    if (!what) co_return what.error();
    auto const include = asked.body.include.value_or(include_experiment_keys());
    experiment_parts const parts{.inputs = include.inputs.has_value(),
                                 .versions = include.promptVersion.has_value(),
                                 .bodies = include.responseBodies.has_value(),
                                 .scores = include.score.has_value()};
    auto const query = [whose = with.organization, what = std::move(*what), parts](storage::connection& db) {
        return query_in(db, whose, what, parts);
    };
    auto found = co_await with.store.read(query);
    co_return found;
}

constexpr endpoint experiment_query_entries[] = {
    post<query>("/v1/experiment/query", "GetExperimentsOld",
                "Experiments of the first kind that pass a filter, with their rows and runs, newest first"),
};
static_assert(each_is_unique(experiment_query_entries));

} // namespace

constinit group const experiment_query_endpoints{"Experiment", experiment_query_entries};

} // namespace weir::api
