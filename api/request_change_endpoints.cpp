#include "api/endpoints.hpp"
#include "api/run_wait.hpp"
#include "api/text_limits.hpp"
#include "storage/judgements.hpp"
#include "storage/properties.hpp"
#include "storage/requests.hpp"
#include "storage/tracked_requests.hpp"

#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct rating_body {
    bool rating = false;
};
BOOST_DESCRIBE_STRUCT(rating_body, (), (rating))

struct request_feedback_request {
    std::string requestId;
    rating_body body;
};
BOOST_DESCRIBE_STRUCT(request_feedback_request, (), (requestId, body))

struct property_body {
    std::string key, value;
};
BOOST_DESCRIBE_STRUCT(property_body, (), (key, value))

struct put_property_request {
    std::string requestId;
    property_body body;
};
BOOST_DESCRIBE_STRUCT(put_property_request, (), (requestId, body))

struct score_request {
    std::vector<std::pair<std::string, std::variant<double, bool>>> scores;
};
BOOST_DESCRIBE_STRUCT(score_request, (), (scores))

struct add_scores_request {
    std::string requestId;
    score_request body;
};
BOOST_DESCRIBE_STRUCT(add_scores_request, (), (requestId, body))

struct eval_body {
    std::string name;
    double score = 0;
};
BOOST_DESCRIBE_STRUCT(eval_body, (), (name, score))

struct add_eval_request {
    std::string requestId;
    eval_body body;
};
BOOST_DESCRIBE_STRUCT(add_eval_request, (), (requestId, body))

struct request_star_request {
    std::string requestId;
};
BOOST_DESCRIBE_STRUCT(request_star_request, (), (requestId))

namespace
{

constexpr std::size_t most_given_scores = 100, longest_given_name = 256, longest_value = 4096;

result<storage::uuid> request_id_of(std::string const& text)
{
    if (auto const id = storage::uuid::parse(text)) return *id;
    return invalid("Invalid requestId: must be a valid UUID");
}

failure no_request() { return not_found("Request not found"); }

/// Returns once a call is in the record: its row comes some milliseconds after its answer, and who speaks of it at once
/// is not to be told that there is none.
asio::awaitable<result<null>> await_recording(storage::uuid id, services& with)
{
    using std::chrono::milliseconds;
    constexpr milliseconds first_pause{10}, longest_pause{640}; // 1.3 s together
    auto const look = [whose = with.organization, id](storage::connection& db) {
        return storage::find_row(db, whose, id);
    };
    for (auto rest = first_pause;; rest *= 2) {
        auto const row = co_await with.store.read(look);
        if (row) co_return null{};
        if (row.error() != storage::errc::not_found) co_return row.error();
        if (rest > longest_pause) co_return no_request();
        bool const goes_on = co_await pause(rest);
        if (!goes_on) co_return no_request();
    }
}

/// Returns once something can be said of a call: when it is in the record, or may be under way. What is said then waits
/// for its row.
asio::awaitable<result<null>> await_call(storage::uuid id, services& with)
{
    auto const look = [id, now = with.now_us()](storage::connection& db) {
        return storage::require_under_way(db, id, now);
    };
    auto const is_under_way = co_await with.store.read(look);
    if (is_under_way) co_return null{};
    if (is_under_way.error() != storage::errc::not_found) co_return is_under_way.error();
    co_return co_await await_recording(id, with);
}

bool is_whole(double value)
{
    constexpr double most = 9e15; // whole numbers are exact up to there
    return value == std::trunc(value) && std::abs(value) <= most;
}

failure no_score(std::string const& field) { return invalid(field + ": a score is a whole number or a boolean"); }

result<std::vector<storage::score>> read_scores(score_request const& from)
{
    if (from.scores.size() > most_given_scores)
        return invalid("scores: at most " + std::to_string(most_given_scores) + " at once");
    std::vector<storage::score> scores;
    for (auto const& [key, value] : from.scores) {
        if (key.empty()) return invalid("scores: a score needs a name");
        if (auto const bad = problem_with_text("scores", key, longest_given_name)) return *bad;
        auto& one = scores.emplace_back(storage::score{.key = key});
        if (auto const* truth = std::get_if<bool>(&value)) {
            one.value = *truth ? 1 : 0;
            one.is_boolean = true;
            continue;
        }
        auto const number = std::get<double>(value);
        if (!is_whole(number)) return no_score("scores." + key);
        one.value = static_cast<std::int64_t>(number);
    }
    return scores;
}

asio::awaitable<result<null>> put_scores(std::string request_id, std::vector<storage::score> scores, services& with)
{
    auto const id = request_id_of(request_id);
    if (!id) co_return id.error();
    if (auto const there = co_await await_call(*id, with); !there) co_return there.error();
    auto const put = [whose = with.organization, id = *id, scores = std::move(scores), now = with.now_us()](
                         storage::connection& db) { return storage::add_scores(db, whose, id, scores, now); };
    auto const done = co_await with.store.write(put);
    if (!done) co_return done.error();
    co_return null{};
}

asio::awaitable<result<null>> add_scores(add_scores_request asked, services& with)
{
    auto scores = read_scores(asked.body);
    if (!scores) co_return scores.error();
    co_return co_await put_scores(std::move(asked.requestId), std::move(*scores), with);
}

asio::awaitable<result<null>> add_eval(add_eval_request asked, services& with)
{
    auto const& [name, score] = asked.body;
    if (name.empty()) co_return invalid("name: a score needs a name");
    if (auto const bad = problem_with_text("name", name, longest_given_name)) co_return *bad;
    if (!is_whole(score)) co_return no_score("score");
    std::vector<storage::score> one;
    one.push_back({.key = name, .value = static_cast<std::int64_t>(score), .is_boolean = false});
    co_return co_await put_scores(std::move(asked.requestId), std::move(one), with);
}

asio::awaitable<result<null>> give_request_feedback(request_feedback_request asked, services& with)
{
    auto const id = request_id_of(asked.requestId);
    if (!id) co_return id.error();
    if (auto const there = co_await await_call(*id, with); !there) co_return there.error();
    auto const put = [whose = with.organization, id = *id, rating = asked.body.rating, now = with.now_us()](
                         storage::connection& db) { return storage::set_feedback(db, whose, id, rating, now); };
    auto const done = co_await with.store.write(put);
    if (!done) co_return done.error();
    co_return null{};
}

asio::awaitable<result<null>> put_property(put_property_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.requestId);
    if (!id) co_return no_request();
    if (asked.body.key.empty()) co_return invalid("key: a property needs a name");
    if (auto const bad = problem_with_text("key", asked.body.key, longest_given_name)) co_return *bad;
    if (auto const bad = problem_with_text("value", asked.body.value, longest_value)) co_return *bad;
    if (auto const there = co_await await_recording(*id, with); !there) co_return there.error();
    auto const put = [whose = with.organization, id = *id, property = asked.body](storage::connection& db) {
        return storage::set_property(db, whose, id, property.key, property.value);
    };
    auto const done = co_await with.store.write(put);
    if (!done && done.error() == storage::errc::not_found) co_return no_request();
    if (!done) co_return done.error();
    co_return null{};
}

asio::awaitable<result<null>> put_star(std::string request_id, bool is_starred, services& with)
{
    auto const id = storage::uuid::parse(request_id);
    if (!id) co_return no_request();
    auto const put = [whose = with.organization, id = *id, is_starred,
                      now = with.now_us()](storage::connection& db) -> storage::result<void> {
        if (auto const row = storage::find_row(db, whose, id); !row) return row.error();
        return storage::set_star(db, whose, id, is_starred, now);
    };
    auto const done = co_await with.store.write(put);
    if (!done && done.error() == storage::errc::not_found) co_return no_request();
    if (!done) co_return done.error();
    co_return null{};
}

asio::awaitable<result<null>> give_star(request_star_request asked, services& with)
{
    return put_star(std::move(asked.requestId), true, with);
}

asio::awaitable<result<null>> take_star(request_star_request asked, services& with)
{
    return put_star(std::move(asked.requestId), false, with);
}

constexpr endpoint request_change_entries[] = {
    changes(post<give_request_feedback>("/v1/request/{requestId}/feedback", "FeedbackRequest",
                                        "What a user said of the answer")),
    put<put_property>("/v1/request/{requestId}/property", "PutProperty", "Sets one property of a recorded request"),
    changes(post<add_scores>("/v1/request/{requestId}/score", "AddScores", "Gives a request scores")),
    put<give_star>("/v1/request/{requestId}/star", "StarRequest", "Gives a recorded request a star"),
    delete_<take_star>("/v1/request/{requestId}/star", "UnstarRequest", "Takes the star of a recorded request away"),
};
static_assert(each_is_unique(request_change_entries));

constexpr endpoint request_change_eval_entries[] = {
    changes(post<add_eval>("/v1/evals/{requestId}", "AddEval", "Gives a request one score")),
};

} // namespace

constinit group const request_change_endpoints{"Request", request_change_entries};
constinit group const request_eval_endpoints{"Evals", request_change_eval_entries};

} // namespace weir::api
