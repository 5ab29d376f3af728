#include "weir/experiment_run.hpp"

#include "evaluation/subject.hpp"
#include "experiments/retry.hpp"
#include "net/text.hpp"
#include "weir/progress.hpp"

#include <chrono>
#include <ctime>
#include <random>
#include <thread>

namespace weir
{

namespace json = boost::json;

namespace
{

std::string text_at(json::value const& in, std::string_view name)
{
    auto const* object = in.if_object();
    auto const* found = object ? object->if_contains({name.data(), name.size()}) : nullptr;
    auto const* text = found ? found->if_string() : nullptr;
    if (!text) throw admin_error("the answer of weir has no " + std::string(name));
    return {text->data(), text->size()};
}

std::int64_t count_at(json::value const& in, std::string_view name)
{
    auto const* object = in.if_object();
    auto const* found = object ? object->if_contains({name.data(), name.size()}) : nullptr;
    if (!found || !found->is_int64()) throw admin_error("the answer of weir has no " + std::string(name));
    return found->get_int64();
}

/// "capitals-20261126T093000-3f2a": prompts, datasets and experiments are new each time.
std::string stamped(std::string const& name)
{
    auto const now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32] = {};
    std::strftime(text, sizeof text, "-%Y%m%dT%H%M%S-", &parts);
    std::random_device random;
    std::string const tail = net::to_hex(std::string{static_cast<char>(random()), static_cast<char>(random())});
    constexpr std::size_t most_name = 100;
    return experiments::beginning_of(name, most_name) + text + tail;
}

std::string bar(std::int64_t ended, std::int64_t all, std::int64_t failed)
{
    constexpr std::int64_t width = 30;
    auto const filled = static_cast<std::size_t>(ended * width / all);
    auto text = "[" + std::string(filled, '#') + std::string(width - filled, '.') + "] " + std::to_string(ended) +
                " of " + std::to_string(all) + " runs";
    if (failed > 0) text += ", " + std::to_string(failed) + " failed";
    return text;
}

} // namespace

experiment_run::experiment_run(admin_client& weir, experiments::experiment_file const& what)
    : weir_(weir)
    , what_(what)
    , label_(stamped(what.name))
{
}

json::value experiment_run::look_up(std::string const& path, std::string const& key)
{
    try {
        return weir_.get(path);
    } catch (admin_error const& failure) {
        if (failure.status == 404) throw file_error(key + ": the record has none of that id");
        throw;
    }
}

void experiment_run::prepare()
{
    for (std::size_t i = 0; i < what_.variants.size(); ++i)
        if (auto const& version = what_.variants[i].version)
            look_up("/v1/prompt/version/" + *version, "variant[" + std::to_string(i) + "].version");
    if (what_.dataset) try {
            json::array const nothing;
            weir_.post("/v1/experiment/dataset/" + *what_.dataset + "/mutate",
                       {{"addRequests", nothing}, {"removeRequests", nothing}});
        } catch (admin_error const& failure) {
            if (failure.status == 404) throw file_error("dataset.id: the record has none of that id");
            throw;
        }
    find_evaluators();
}

void experiment_run::find_evaluators()
{
    if (what_.evaluators.empty()) return;
    auto const known = weir_.post("/v1/evaluator/query");
    json::array const none;
    auto const& all = known.is_array() ? known.get_array() : none;
    for (std::size_t i = 0; i < what_.evaluators.size(); ++i) {
        auto const& wish = what_.evaluators[i];
        auto const path = "evaluator[" + std::to_string(i) + "]";
        if (wish.id)
            evaluators_.emplace_back(*wish.id, text_at(look_up("/v1/evaluator/" + *wish.id, path + ".id"), "name"));
        else
            evaluators_.emplace_back(evaluator(wish, path, all), wish.name);
    }
    for (auto one = evaluators_.begin(); one != evaluators_.end(); ++one)
        for (auto other = evaluators_.begin(); other != one; ++other)
            if (evaluation::score_name(one->second) == evaluation::score_name(other->second))
                throw file_error("evaluator: \"" + other->second + "\" and \"" + one->second +
                                 "\" come to the same score, " + evaluation::score_name(one->second));
}

std::vector<std::string> experiment_run::evaluator_names() const
{
    std::vector<std::string> names;
    for (auto const& [id, name] : evaluators_) names.push_back(name);
    return names;
}

std::vector<std::string> experiment_run::score_names() const
{
    auto names = evaluator_names();
    for (auto& name : names) name = evaluation::score_name(name);
    return names;
}

void experiment_run::make()
{
    auto const versions = make_versions();
    auto const dataset = what_.dataset ? *what_.dataset : make_dataset(versions.front());
    experiment_ = text_at(
        weir_.post("/v1/experiment/new-empty", {{"metadata", {{"experiment_name", label_}}}, {"datasetId", dataset}}),
        "experimentId");
    for (std::size_t i = 0; i < versions.size(); ++i) {
        auto const made = weir_.post("/v1/experiment/hypothesis", {{"experimentId", experiment_},
                                                                   {"model", what_.variants[i].model},
                                                                   {"promptVersion", versions[i]},
                                                                   {"providerKeyId", "NOKEY"},
                                                                   {"status", "PENDING"}});
        hypotheses_.emplace_back(text_at(made, "hypothesisId"), what_.variants[i].name);
    }
    for (auto const& [id, name] : evaluators_)
        weir_.post("/v1/experiment/" + experiment_ + "/evaluators", {{"evaluatorId", id}});
}

experiment_run::cancelled_work experiment_run::cancel()
{
    if (experiment_.empty()) return {};
    weir_.reconnect();
    auto const done = weir_.post("/v1/experiment/" + experiment_ + "/cancel");
    return {count_at(done, "cancelled"), count_at(done, "evaluations")};
}

void experiment_run::run(std::function<bool()> const& is_over)
{
    std::int64_t queued = 0;
    for (auto const& [id, name] : hypotheses_)
        queued += count_at(
            weir_.post("/v1/experiment/run",
                       {{"experimentId", experiment_}, {"hypothesisId", id}, {"datasetRowIds", json::array()}}),
            "runs");
    if (queued == 0) throw admin_error("the dataset has no sets of inputs: nothing was called");
    progress_line line;
    while (!is_over()) {
        auto const now = weir_.get("/v1/experiment/" + experiment_ + "/progress");
        auto const waiting = count_at(now, "queued") + count_at(now, "running");
        auto const ended = count_at(now, "completed") + count_at(now, "failed") + count_at(now, "cancelled");
        if (waiting == 0) return;
        line.show([&] { return bar(ended, ended + waiting, count_at(now, "failed")); });
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

experiments::report experiment_run::score()
{
    if (!what_.evaluators.empty()) {
        progress_line line;
        line.show([] { return std::string("scoring"); });
        weir_.post("/v1/experiment/" + experiment_ + "/evaluators/run");
    }
    auto const comparison =
        weir_.get("/v1/experiment/" + experiment_ + "/compare?baseline=" + hypotheses_.front().first);
    return {what_.name, experiment_, hypotheses_, comparison};
}

std::map<std::string, std::string> experiment_run::reasons()
{
    std::map<std::string, std::string> found;
    auto const lacking = weir_.get("/v1/experiment/" + experiment_ + "/evaluators/lacking");
    auto const* const list = lacking.if_array();
    for (auto const& one : list ? *list : json::array()) {
        auto const& why = one.at("reason"); // null where it is not known
        if (auto const* const text = why.if_string()) found.emplace(text_at(one, "name"), *text);
    }
    return found;
}

std::vector<std::string> experiment_run::failures(std::size_t most)
{
    std::vector<std::string> lines;
    auto const found = weir_.get("/v1/experiment/" + experiment_ + "/runs?status=failed&limit=" + std::to_string(most));
    auto const* runs = found.if_array();
    if (auto const* object = found.if_object())
        if (auto const* list = object->if_contains("runs")) runs = list->if_array();
    if (!runs) return lines;
    for (auto const& run : *runs) lines.push_back(text_at(run, "error"));
    return lines;
}

/// The versions of the variants; those that are new are of one prompt.
std::vector<std::string> experiment_run::make_versions()
{
    std::vector<std::string> versions;
    std::string first;
    for (auto const& one : what_.variants)
        if (one.version) {
            versions.push_back(*one.version);
        } else if (first.empty()) {
            auto const made =
                weir_.post("/v1/prompt/create",
                           {{"userDefinedId", label_}, {"prompt", one.content}, {"metadata", {{"label", one.name}}}});
            versions.push_back(first = text_at(made, "prompt_version_id"));
        } else {
            auto const made = weir_.post("/v1/prompt/version/" + first + "/subversion",
                                         {{"newHeliconeTemplate", one.content}, {"metadata", {{"label", one.name}}}});
            versions.push_back(text_at(made, "id"));
        }
    return versions;
}

std::string experiment_run::make_dataset(std::string const& version)
{
    auto const dataset =
        text_at(weir_.post("/v1/experiment/dataset",
                           {{"datasetName", label_}, {"requestIds", json::array()}, {"datasetType", "experiment"}}),
                "datasetId");
    progress_line line;
    std::size_t n = 0;
    for (auto const& row : what_.rows) {
        weir_.post("/v1/experiment/dataset/" + dataset + "/version/" + version + "/row/new", {{"inputs", row}});
        ++n;
        line.show([&] { return "storing row " + std::to_string(n) + " of " + std::to_string(what_.rows.size()); });
    }
    return dataset;
}

/// The evaluator that is as the file has it: one that is there already, such as an earlier run of the file made it,
/// else a new one.
std::string experiment_run::evaluator(experiments::evaluator_wish const& wish, std::string const& path,
                                      json::array const& known)
{
    json::object body{{"name", wish.name}, {"scoring_type", wish.scoring_type}};
    if (!wish.llm_template.is_null()) body["llm_template"] = wish.llm_template;
    if (!wish.code_template.is_null()) body["code_template"] = wish.code_template;
    for (auto const& one : known) {
        auto const is_same = [&](std::string_view name) {
            auto const* theirs = one.is_object() ? one.get_object().if_contains(name) : nullptr;
            auto const* mine = body.if_contains(name);
            return (theirs && !theirs->is_null() ? *theirs : json::value()) == (mine ? *mine : json::value());
        };
        if (is_same("name") && is_same("scoring_type") && is_same("llm_template") && is_same("code_template") &&
            is_same("last_mile_config"))
            return text_at(one, "id");
    }
    try {
        return text_at(weir_.post("/v1/evaluator", body), "id");
    } catch (admin_error const& failure) {
        if (failure.status == 400) throw file_error(path + ": " + failure.reason);
        throw;
    }
}

} // namespace weir
