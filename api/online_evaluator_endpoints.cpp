#include "api/endpoints.hpp"
#include "api/evaluator_types.hpp"
#include "api/sampling_config.hpp"
#include "api/write_json.hpp"
#include "net/text.hpp"
#include "storage/connection.hpp"

#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// Evaluators of live traffic.
namespace weir::api
{

struct create_online_evaluator_params {
    std::vector<std::pair<std::string, json::value>> config;
};
BOOST_DESCRIBE_STRUCT(create_online_evaluator_params, (), (config))

struct create_online_evaluator_request {
    std::string evaluatorId;
    create_online_evaluator_params body;
};
BOOST_DESCRIBE_STRUCT(create_online_evaluator_request, (), (evaluatorId, body))

struct online_evaluator_request {
    std::string evaluatorId, onlineEvaluatorId;
};
BOOST_DESCRIBE_STRUCT(online_evaluator_request, (), (evaluatorId, onlineEvaluatorId))

struct online_evaluator_by_evaluator_id {
    raw_json config;
    std::string id;
};
BOOST_DESCRIBE_STRUCT(online_evaluator_by_evaluator_id, (), (config, id))

namespace
{

asio::awaitable<result<std::vector<online_evaluator_by_evaluator_id>>> list_online_evaluators(evaluator_request asked,
                                                                                              services& with)
{
    auto const id = read_evaluator_id(asked.evaluatorId);
    if (!id) co_return id.error();
    using found_list = std::vector<storage::online_evaluator>;
    auto const query = [whose = with.organization, id = *id](storage::connection& db) -> storage::result<found_list> {
        if (auto const there = storage::find_evaluator(db, whose, id); !there) return there.error();
        return storage::list_online_evaluators(db, whose, id);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return evaluator_failure(found.error());
    std::vector<online_evaluator_by_evaluator_id> out;
    for (auto const& one : *found) out.push_back({.config = {one.config}, .id = std::to_string(one.id)});
    co_return out;
}

asio::awaitable<result<null>> add_online_evaluator(create_online_evaluator_request asked, services& with)
{
    auto const config = read_sampling_config(asked.body.config);
    if (!config) co_return config.error();
    auto const id = read_evaluator_id(asked.evaluatorId);
    if (!id) co_return id.error();
    auto const query = [whose = with.organization, id = *id, config = to_json(*config),
                        now = with.now_us()](storage::connection& db) {
        return storage::add_online_evaluator(db, whose, id, config, now);
    };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() == storage::errc::conflict)
        co_return conflict("there are " + std::to_string(storage::most_online_evaluators) +
                           " online evaluators already: delete one first");
    if (!done) co_return evaluator_failure(done.error());
    co_return null{};
}

asio::awaitable<result<no_content>> remove_online_evaluator(online_evaluator_request asked, services& with)
{
    auto const id = read_evaluator_id(asked.evaluatorId);
    if (!id) co_return id.error();
    auto const which = net::parse_number(asked.onlineEvaluatorId);
    if (!which || *which > INT64_MAX) co_return not_found("Online evaluator not found");
    auto const query = [whose = with.organization, id = *id, which = static_cast<std::int64_t>(*which)](
                           storage::connection& db) { return storage::delete_online_evaluator(db, whose, id, which); };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() == storage::errc::not_found) co_return not_found("Online evaluator not found");
    if (!done) co_return done.error();
    co_return no_content{};
}

constexpr endpoint online_evaluator_entries[] = {
    get<list_online_evaluators>("/v1/evaluator/{evaluatorId}/onlineEvaluators", "GetOnlineEvaluators",
                                "What live traffic an evaluator scores"),
    changes(post<add_online_evaluator>("/v1/evaluator/{evaluatorId}/onlineEvaluators", "CreateOnlineEvaluator",
                                       "Has an evaluator score live traffic")),
    delete_<remove_online_evaluator>("/v1/evaluator/{evaluatorId}/onlineEvaluators/{onlineEvaluatorId}",
                                     "DeleteOnlineEvaluator", "Has an evaluator score that live traffic no more"),
};
static_assert(each_is_unique(online_evaluator_entries));

} // namespace

constinit group const online_evaluator_endpoints{"Evaluator", online_evaluator_entries};

} // namespace weir::api
