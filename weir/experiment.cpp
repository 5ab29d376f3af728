#include "experiments/condition.hpp"
#include "experiments/experiment_file.hpp"
#include "experiments/report.hpp"
#include "log/log.hpp"
#include "weir/admin_client.hpp"
#include "weir/commands.hpp"
#include "weir/instance.hpp"
#include "weir/prices.hpp"
#include "weir/progress.hpp"
#include "weir/vault.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>

namespace weir
{
namespace
{

namespace json = boost::json;
using experiments::experiment_file;

int fail(int code, std::string const& why)
{
    std::fprintf(stderr, "weir: %s\n", why.c_str());
    return code;
}

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

/// "capitals-20261126T093000": prompts, datasets and experiments are new each time.
std::string stamped(std::string const& name)
{
    auto const now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32] = {};
    std::strftime(text, sizeof text, "-%Y%m%dT%H%M%S", &parts);
    return name.substr(0, 100) + text;
}

/// An experiment of a file as it is made, run and scored over the REST API.
class file_run
{
public:
    file_run(admin_client& weir, experiment_file const& what)
        : weir_(weir)
        , what_(what)
        , label_(stamped(what.name))
    {
    }

    /// Makes everything that the experiment needs.
    void make()
    {
        auto const versions = make_versions();
        auto const dataset = what_.dataset ? *what_.dataset : make_dataset(versions.front());
        experiment_ = text_at(weir_.post("/v1/experiment/new-empty",
                                         {{"metadata", {{"experiment_name", label_}}}, {"datasetId", dataset}}),
                              "experimentId");
        for (std::size_t i = 0; i < versions.size(); ++i) {
            auto const made = weir_.post("/v1/experiment/hypothesis", {{"experimentId", experiment_},
                                                                       {"model", what_.variants[i].model},
                                                                       {"promptVersion", versions[i]},
                                                                       {"providerKeyId", "NOKEY"},
                                                                       {"status", "PENDING"}});
            hypotheses_.emplace_back(text_at(made, "hypothesisId"), what_.variants[i].name);
        }
        for (auto const& one : what_.evaluators)
            weir_.post("/v1/experiment/" + experiment_ + "/evaluators", {{"evaluatorId", evaluator(one)}});
    }

    /// Makes the calls, and waits for them.
    void run()
    {
        for (auto const& [id, name] : hypotheses_)
            weir_.post("/v1/experiment/run",
                       {{"experimentId", experiment_}, {"hypothesisId", id}, {"datasetRowIds", json::array()}});
        progress_line line;
        for (;;) {
            auto const now = weir_.get("/v1/experiment/" + experiment_ + "/progress");
            auto const waiting = count_at(now, "queued") + count_at(now, "running");
            auto const ended = count_at(now, "completed") + count_at(now, "failed") + count_at(now, "cancelled");
            if (waiting == 0) return;
            line.show([&] { return bar(ended, ended + waiting, count_at(now, "failed")); });
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
    }

    /// Has the answers scored, and returns what all came to.
    experiments::report score()
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

    /// Why runs failed, a line each; at most so many.
    std::vector<std::string> failures(std::size_t most)
    {
        std::vector<std::string> lines;
        auto const found =
            weir_.get("/v1/experiment/" + experiment_ + "/runs?status=failed&limit=" + std::to_string(most));
        auto const* runs = found.if_array();
        if (auto const* object = found.if_object())
            if (auto const* list = object->if_contains("runs")) runs = list->if_array();
        if (!runs) return lines;
        for (auto const& run : *runs) lines.push_back(text_at(run, "error"));
        return lines;
    }

    std::string const& experiment() const { return experiment_; }

private:
    std::vector<std::string> make_versions()
    {
        std::vector<std::string> versions;
        for (auto const& one : what_.variants)
            if (one.version) {
                versions.push_back(*one.version);
            } else if (first_.empty()) {
                auto const made = weir_.post(
                    "/v1/prompt/create",
                    {{"userDefinedId", label_}, {"prompt", one.content}, {"metadata", {{"label", one.name}}}});
                versions.push_back(first_ = text_at(made, "prompt_version_id"));
            } else {
                auto const made =
                    weir_.post("/v1/prompt/version/" + first_ + "/subversion",
                               {{"newHeliconeTemplate", one.content}, {"metadata", {{"label", one.name}}}});
                versions.push_back(text_at(made, "id"));
            }
        return versions;
    }

    std::string make_dataset(std::string const& version)
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

    /// The evaluator of that name, as the file has it.
    std::string evaluator(experiments::evaluator_wish const& wish)
    {
        if (wish.id) return *wish.id;
        json::object body{{"name", wish.name}, {"scoring_type", wish.scoring_type}};
        if (!wish.llm_template.is_null()) body["llm_template"] = wish.llm_template;
        if (!wish.code_template.is_null()) body["code_template"] = wish.code_template;
        return text_at(weir_.post("/v1/evaluator", body), "id");
    }

    static std::string bar(std::int64_t ended, std::int64_t all, std::int64_t failed)
    {
        constexpr std::int64_t width = 30;
        auto const filled = static_cast<std::size_t>(ended * width / all);
        auto text = "[" + std::string(filled, '#') + std::string(width - filled, '.') + "] " + std::to_string(ended) +
                    " of " + std::to_string(all) + " runs";
        if (failed > 0) text += ", " + std::to_string(failed) + " failed";
        return text;
    }

    admin_client& weir_;
    experiment_file const& what_;
    std::string const label_;
    std::string first_; ///< version of the prompt that is made
    std::string experiment_;
    std::vector<std::pair<std::string, std::string>> hypotheses_; ///< id, name of the variant
};

/// weir within this process, on the configured database, reachable by nobody who does not look for it.
class own_weir
{
public:
    /// Throws admin_error that says why it cannot be.
    explicit own_weir(configuration_arguments arguments)
        : loaded_(load(std::move(arguments)))
        , vault_(load_vault(loaded_.values, environment()))
    {
        auto& settings = loaded_.values;
        auto prices = load_prices(settings);
        if (!prices) throw admin_error(prices.error());
        if (!vault_) throw admin_error(vault_.error());
        log::configure(log::level_of("warn"), settings.log.format == config::log_format::json);
        std::signal(SIGPIPE, SIG_IGN);
        made_ = instance::open(
            {settings, std::make_shared<pricing::price_table const>(std::move(*prices)), *vault_, environment()});
        if (!made_)
            throw admin_error("the database cannot be used by this command: where a weir serves it already, give "
                              "--url with the address of its admin side");
        made_->start();
    }
    own_weir(own_weir const&) = delete;
    own_weir& operator=(own_weir const&) = delete;
    ~own_weir()
    {
        if (made_) made_->stop(std::chrono::seconds(5));
    }

    std::string url() const { return "http://" + made_->admin_address(); }

private:
    static config::loaded load(configuration_arguments arguments)
    {
        for (auto* listen : {&arguments.gateway_listen, &arguments.admin_listen}) *listen = "127.0.0.1:0";
        auto loaded = load_configuration(arguments);
        print_errors(loaded.errors);
        if (!loaded.errors.empty()) throw admin_error("the configuration cannot be used");
        return loaded;
    }

    config::loaded loaded_;
    boost::system::result<std::optional<storage::vault>, std::string> const vault_;
    std::unique_ptr<instance> made_;
};

/// Writes a file whole, or says why not.
std::optional<std::string> written(std::string const& path, std::string const& text)
{
    if (path.empty()) return {};
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out) return path + " cannot be written";
    return {};
}

std::string api_key()
{
    auto const variables = environment();
    auto const found = variables.find("WEIR_API_KEY");
    return found == variables.end() ? std::string() : found->second;
}

int run(admin_client& weir, experiment_file const& file, experiment_run_arguments const& what,
        std::vector<experiments::condition> const& conditions)
{
    file_run one(weir, file);
    one.make();
    one.run();
    auto const report = one.score();
    auto const violations = report.violations(conditions);
    std::printf("%s  experiment %s\n\n%s", file.name.c_str(), one.experiment().c_str(), report.table().c_str());
    auto const failed = report.failed();
    constexpr std::size_t most_shown = 5;
    if (failed > 0) {
        std::printf("\n%lld runs failed:\n", static_cast<long long>(failed));
        for (auto const& why : one.failures(most_shown)) std::printf("  %s\n", why.c_str());
    }
    for (auto const& broken : violations)
        std::printf("\nfails: %s%s%s", broken.variant.c_str(), broken.variant.empty() ? "" : ": ",
                    broken.condition.c_str());
    if (!violations.empty()) std::printf("\n");
    for (auto const& problem : {written(what.json, json::serialize(report.as_json(violations)) + "\n"),
                                written(what.junit, report.junit(conditions))})
        if (problem) return fail(1, *problem);
    return violations.empty() && failed == 0 ? 0 : 1;
}

} // namespace

int run_experiment(configuration_arguments const& arguments, experiment_run_arguments const& what)
{
    std::string problem;
    auto const file = experiments::read_experiment_file(what.file, problem);
    if (!file) return fail(2, problem);
    std::vector<experiments::condition> conditions;
    for (auto const& text : what.fail_if) {
        auto made = experiments::parse_condition(text, problem);
        if (!made) return fail(2, "--fail-if '" + text + "': " + problem);
        conditions.push_back(std::move(*made));
    }
    try {
        std::optional<own_weir> own;
        if (what.url.empty()) own.emplace(arguments);
        auto const at = net::parse_url(own ? own->url() : what.url);
        if (!at) return fail(2, "--url " + what.url + ": write it as http://127.0.0.1:8585");
        admin_client weir(*at, api_key());
        return run(weir, *file, what, conditions);
    } catch (std::exception const& failure) {
        return fail(1, failure.what());
    }
}

} // namespace weir
