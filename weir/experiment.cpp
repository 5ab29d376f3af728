#include "evaluation/subject.hpp"
#include "experiments/condition.hpp"
#include "experiments/experiment_file.hpp"
#include "experiments/report.hpp"
#include "log/log.hpp"
#include "weir/admin_client.hpp"
#include "weir/commands.hpp"
#include "weir/experiment_run.hpp"
#include "weir/instance.hpp"
#include "weir/prices.hpp"
#include "weir/vault.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>

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

/// What is wrong with a condition that names what the file does not have; nothing if all is well.
std::string problem_with(experiments::condition const& what, experiment_file const& file)
{
    bool const is_there =
        what.variant.empty() || std::any_of(file.variants.begin(), file.variants.end(),
                                            [&what](auto const& one) { return one.name == what.variant; });
    return is_there ? std::string() : "the file has no variant \"" + what.variant + "\"";
}

int run(admin_client& weir, experiment_file const& file, experiment_run_arguments const& what,
        std::vector<experiments::condition> const& conditions)
{
    experiment_run one(weir, file);
    one.make();
    std::fprintf(stderr, "experiment %s\n", one.experiment().c_str());
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
    bool any_unscored = false;
    for (auto const& evaluator : file.evaluators) {
        if (evaluator.name.empty()) continue;
        auto const scored = report.scored(evaluation::score_name(evaluator.name));
        if (scored >= report.completed()) continue;
        any_unscored |= scored == 0;
        std::printf("\n%s scored %lld of %lld answers; weir's log says why not the others\n", evaluator.name.c_str(),
                    static_cast<long long>(scored), static_cast<long long>(report.completed()));
    }
    if (!violations.empty()) std::printf("\n");
    for (auto const& broken : violations) std::printf("fails: %s\n", broken.text().c_str());
    for (auto const& problem : {written(what.json, json::serialize(report.as_json(violations)) + "\n"),
                                written(what.junit, report.junit(conditions))})
        if (problem) return fail(1, *problem);
    return violations.empty() && failed == 0 && !any_unscored ? 0 : 1;
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
        if (made) problem = problem_with(*made, *file);
        if (!problem.empty()) return fail(2, "--fail-if '" + text + "': " + problem);
        conditions.push_back(std::move(*made));
    }
    try {
        std::optional<own_weir> own;
        if (what.url.empty()) own.emplace(arguments);
        auto const at = net::parse_url(own ? own->url() : what.url);
        if (!at) return fail(2, "--url " + what.url + ": write it as http://127.0.0.1:8585");
        admin_client weir(*at, api_key());
        weir.check();
        return run(weir, *file, what, conditions);
    } catch (std::exception const& failure) {
        return fail(1, failure.what());
    }
}

} // namespace weir
