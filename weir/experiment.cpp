#include "evaluation/subject.hpp"
#include "experiments/condition.hpp"
#include "experiments/experiment_file.hpp"
#include "experiments/report.hpp"
#include "log/log.hpp"
#include "net/nearest.hpp"
#include "weir/admin_client.hpp"
#include "weir/commands.hpp"
#include "weir/experiment_run.hpp"
#include "weir/instance.hpp"
#include "weir/prices.hpp"
#include "weir/vault.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <signal.h>

namespace weir
{
namespace
{

namespace json = boost::json;
using experiments::experiment_file;
using experiments::printable;

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

/// "…; did you mean X?" where X is near.
std::string with_hint(std::string text, std::string_view given, std::vector<std::string> const& known)
{
    std::string const near(net::nearest(given, std::vector<std::string_view>(known.begin(), known.end())));
    return near.empty() ? text : text + "; did you mean \"" + near + "\"?";
}

bool has(std::vector<std::string> const& all, std::string_view one)
{
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// What is wrong with a condition that names a variant which the file does not have; nothing if all is well.
std::string problem_with_variant(experiments::condition const& what, experiment_file const& file)
{
    std::vector<std::string> names;
    for (auto const& one : file.variants) names.push_back(one.name);
    if (what.variant.empty() || has(names, what.variant)) return {};
    return with_hint("the file has no variant \"" + what.variant + "\"", what.variant, names);
}

/// The same for a score that none of the evaluators gives.
std::string problem_with_score(experiments::condition const& what, std::vector<std::string> const& scores)
{
    constexpr std::string_view prefix = "score.";
    if (!what.measure.starts_with(prefix)) return {};
    auto const name = what.measure.substr(prefix.size());
    if (has(scores, name)) return {};
    return with_hint("no evaluator of the file gives the score \"" + name + "\"", name, scores);
}

/// What is wrong with the path of a report, before anything is run; nothing if it can be written.
std::string problem_with_report(std::string const& path)
{
    if (path.empty()) return {};
    std::error_code ignored;
    bool const was_there = std::filesystem::exists(path, ignored);
    std::ofstream out(path, std::ios::binary | std::ios::app);
    bool const is_good = out.is_open();
    out.close();
    if (is_good && !was_there) std::filesystem::remove(path, ignored);
    return is_good ? std::string() : path + " cannot be written";
}

/// The signal that asked this process to end; 0: none did.
std::atomic<int> asked_to_end{0};

/// Has SIGINT and SIGTERM noted while this lives, the first of each: one more ends the process at once. A wait in the
/// main thread is broken off.
class end_requests
{
public:
    end_requests()
    {
        struct sigaction note {
        };
        note.sa_handler = [](int signal) { asked_to_end = signal; };
        note.sa_flags = static_cast<int>(SA_RESETHAND);
        for (int const signal : signals) ::sigaction(signal, &note, nullptr);
    }
    end_requests(end_requests const&) = delete;
    end_requests& operator=(end_requests const&) = delete;

    /// Keeps these signals from the threads that start while this lives.
    class from_main_alone
    {
    public:
        from_main_alone()
        {
            sigset_t both;
            sigemptyset(&both);
            for (int const signal : signals) sigaddset(&both, signal);
            ::pthread_sigmask(SIG_BLOCK, &both, &before_);
        }
        from_main_alone(from_main_alone const&) = delete;
        from_main_alone& operator=(from_main_alone const&) = delete;
        ~from_main_alone() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    private:
        sigset_t before_;
    };

private:
    static constexpr std::array<int, 2> signals{SIGINT, SIGTERM};
};

/// Cancels what has not ended, and says so.
int give_up(experiment_run& one)
{
    auto const cancelled = one.cancel();
    std::fprintf(stderr, "weir: interrupted: %lld runs of experiment %s were cancelled, and %lld scores\n",
                 static_cast<long long>(cancelled.runs), one.experiment().c_str(),
                 static_cast<long long>(cancelled.scores));
    return 128 + asked_to_end;
}

int run(experiment_run& one, experiment_file const& file, experiment_run_arguments const& what,
        std::vector<experiments::condition> const& conditions)
{
    one.prepare();
    for (auto const& condition : conditions)
        if (auto const problem = problem_with_score(condition, one.score_names()); !problem.empty())
            return fail(2, "--fail-if '" + condition.text + "': " + problem);
    one.make();
    std::fprintf(stderr, "experiment %s\n", one.experiment().c_str());
    auto const is_over = [] { return asked_to_end != 0; };
    one.run(is_over);
    if (is_over()) return give_up(one);
    auto const report = one.score();
    auto const violations = report.violations(conditions);
    std::printf("%s  experiment %s\n\n%s", printable(file.name).c_str(), one.experiment().c_str(),
                report.table().c_str());
    auto const failed = report.failed();
    constexpr std::size_t most_shown = 5;
    if (failed > 0) {
        std::printf("\n%lld runs failed:\n", static_cast<long long>(failed));
        for (auto const& why : one.failures(most_shown)) std::printf("  %s\n", printable(why).c_str());
        if (auto const more = static_cast<long long>(failed) - static_cast<long long>(most_shown); more > 0)
            std::printf("  and %lld more\n", more);
    }
    bool any_unscored = false;
    auto const reasons = one.reasons();
    for (auto const& name : one.evaluator_names()) {
        auto const scored = report.scored(evaluation::score_name(name));
        if (scored >= report.completed()) continue;
        any_unscored |= scored == 0;
        auto const reason = reasons.find(name);
        std::printf("\n%s scored %lld of %lld answers: %s\n", printable(name).c_str(), static_cast<long long>(scored),
                    static_cast<long long>(report.completed()),
                    printable(reason == reasons.end() ? "weir's log says why not the others" : reason->second).c_str());
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
        if (made) problem = problem_with_variant(*made, *file);
        if (!problem.empty()) return fail(2, "--fail-if '" + text + "': " + problem);
        conditions.push_back(std::move(*made));
    }
    if (!what.json.empty() && what.json == what.junit) return fail(2, "--json and --junit name the same file");
    for (auto const& path : {what.json, what.junit})
        if (problem = problem_with_report(path); !problem.empty()) return fail(2, problem);
    try {
        end_requests const noted;
        std::optional<own_weir> own;
        if (what.url.empty()) {
            end_requests::from_main_alone const kept;
            own.emplace(arguments);
        }
        auto const at = net::parse_url(own ? own->url() : what.url);
        if (!at) return fail(2, "--url " + what.url + ": write it as http://127.0.0.1:8585");
        admin_client weir(*at, api_key());
        weir.check();
        experiment_run one(weir, *file);
        try {
            return run(one, *file, what, conditions);
        } catch (admin_error const&) {
            if (asked_to_end == 0) throw;
            return give_up(one); // the signal broke off a wait
        }
    } catch (file_error const& failure) {
        return fail(2, what.file + ": " + failure.what());
    } catch (std::exception const& failure) {
        return fail(1, failure.what());
    }
}

} // namespace weir
