#include "experiments/sandbox.hpp"
#include "net/text.hpp"
#include "weir/commands.hpp"

#include <CLI/CLI.hpp>

#include <sys/stat.h>

namespace
{

/// For every command that uses the database.
void add_store_options(CLI::App& command, weir::configuration_arguments& arguments)
{
    command.add_option("--config", arguments.file, "Configuration file (default: weir.toml, if there is one)")
        ->type_name("FILE");
    command.add_option("--database", arguments.database, "The SQLite database of the record")->type_name("PATH");
    command.add_option("--set", arguments.set, "Any other key of docs/configuration.md; may be repeated")
        ->type_name("KEY=VALUE");
}

/// For commands about the running server.
void add_configuration_options(CLI::App& command, weir::configuration_arguments& arguments)
{
    add_store_options(command, arguments);
    command.add_option("--gateway-listen", arguments.gateway_listen, "Where the gateway listens")
        ->type_name("HOST:PORT");
    command.add_option("--admin-listen", arguments.admin_listen, "Where the admin side listens")
        ->type_name("HOST:PORT");
    command.add_flag("--insecure", arguments.insecure, "Accept listening beyond loopback without keys");
}

void add_key_commands(CLI::App& app, weir::configuration_arguments& arguments, weir::key_arguments& wish,
                      std::string& id, int& code)
{
    auto* keys =
        app.add_subcommand("keys", "API keys: who may call and read; a running server honours changes at once");
    keys->require_subcommand(1);

    auto* create = keys->add_subcommand("create", "Make a key and print it, this once");
    create->add_option("--name", wish.name, "What the key is for, for people")->required();
    create->add_option("--permissions", wish.permissions,
                       "rw (default), r (read the record on the admin side), w (calls through the gateway)");
    create->add_option("--organization", wish.organization,
                       "Whose calls the key sends and reads; made when it is new (default: default)");
    add_store_options(*create, arguments);
    create->callback([&] { code = weir::create_key(arguments, wish); });

    auto* list = keys->add_subcommand("list", "Show all keys, without the keys themselves");
    add_store_options(*list, arguments);
    list->callback([&] { code = weir::list_keys(arguments); });

    auto* revoke = keys->add_subcommand("revoke", "End a key for good");
    revoke->add_option("ID", id, "As weir keys list shows it")->required();
    add_store_options(*revoke, arguments);
    revoke->callback([&] { code = weir::revoke_key(arguments, id); });
}

void add_prune_command(CLI::App& app, weir::configuration_arguments& arguments, weir::prune_arguments& what, int& code)
{
    auto* prune = app.add_subcommand("prune", "Delete old calls from the record; a server may run meanwhile");
    auto* days = prune->add_option("--older-than", what.older_than_days,
                                   "Delete calls older than that many days (default: storage.retain_days)");
    days->type_name("DAYS")->check(CLI::Range(std::int64_t{1}, weir::config::most_retain_days));
    prune->add_option("--before", what.before, "Delete calls made before that day, UTC")
        ->type_name("YYYY-MM-DD")
        ->excludes(days);
    add_store_options(*prune, arguments);
    prune->callback([&] { code = weir::prune(arguments, what); });
}

void add_export_command(CLI::App& app, weir::configuration_arguments& arguments, weir::export_arguments& what,
                        int& code)
{
    auto* command = app.add_subcommand("export", "Write the recorded calls, oldest first; a server may run meanwhile");
    command->add_option("--format", what.format, "jsonl (default) or csv");
    command->add_option("--filter", what.filter, "Which calls, as docs/filters.md says (default: all)")
        ->type_name("JSON");
    command->add_option("--organization", what.organization, "Whose calls (default: default)")->type_name("NAME");
    command->add_option("--output", what.output, "Where to (default: standard output)")->type_name("FILE");
    add_store_options(*command, arguments);
    command->callback([&] { code = weir::export_calls(arguments, what); });
}

void add_reprice_command(CLI::App& app, weir::configuration_arguments& arguments, weir::reprice_arguments& what,
                         int& code)
{
    auto* command =
        app.add_subcommand("reprice", "Compute the cost of recorded calls again; a server may run meanwhile");
    command->add_option("--since", what.since, "Calls made at that time or later, UTC")->type_name("TIME");
    command->add_option("--until", what.until, "Calls made before that time, UTC")->type_name("TIME");
    command->add_option("--model", what.model, "Calls that are filed under that model")->type_name("NAME");
    command->add_option("--filter", what.filter, "Calls as docs/filters.md says (default: all)")->type_name("JSON");
    command->add_flag("--dry-run", what.dry_run, "Say what would change, and change nothing");
    add_store_options(*command, arguments);
    command->callback([&] { code = weir::reprice(arguments, what); });
}

void add_experiment_commands(CLI::App& app, weir::configuration_arguments& arguments,
                             weir::experiment_run_arguments& what, int& code)
{
    auto* experiment = app.add_subcommand("experiment", "Prompts and models compared on the same inputs");
    experiment->require_subcommand(1);
    auto* run = experiment->add_subcommand("run", "Run an experiment from a file and say what it came to; with an API "
                                                  "key in WEIR_API_KEY where auth.required says so");
    run->add_option("FILE", what.file, "The experiment, as docs/experiments.md says")->required();
    auto* url = run->add_option("--url", what.url,
                                "The admin side of a running weir (default: weir runs in this process, on the "
                                "configured database)")
                    ->type_name("URL");
    run->add_option("--fail-if", what.fail_if,
                    "Exit with 1 when this holds, such as 'score.accuracy < 0.9'; may be repeated")
        ->type_name("CONDITION")
        ->expected(1)
        ->take_all();
    run->add_option("--json", what.json, "Write the figures to a file")->type_name("FILE");
    run->add_option("--junit", what.junit, "Write a JUnit report to a file")->type_name("FILE");
    add_store_options(*run, arguments);
    for (auto* option : {run->get_option("--config"), run->get_option("--database"), run->get_option("--set")})
        option->excludes(url);
    run->callback([&] { code = weir::run_experiment(arguments, what); });
}

/// One line that says what is wrong with the command line and what to do.
std::string usage_error(CLI::App const* app, CLI::Error const& error)
{
    std::string command = "weir", what = error.what();
    for (auto called = app->get_subcommands(); !called.empty(); called = called.front()->get_subcommands())
        command += " " + called.front()->get_name();
    if (what.size() > 1 && weir::net::lower(what[1]) == what[1]) what.front() = weir::net::lower(what.front());
    if (auto const unknown = app->remaining(true); !unknown.empty()) // rather than what is missing, which it was to be
        what = "unexpected argument \"" + unknown.front() + "\"";
    return command + ": " + what + "; see " + command + " --help\n";
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> const words(argv, argv + argc);
    if (argc > 1 && words[1] == weir::experiments::sandbox_subcommand)
        return weir::experiments::enter_sandbox({words.begin() + 2, words.end()});
    umask(077); // what weir writes holds prompts, answers and hashes of keys: it is its own user's alone
    CLI::App app{"weir: a gateway between applications and LLM providers that records every call"};
    app.set_version_flag("--version", "weir " WEIR_VERSION);
    app.require_subcommand(1);
    app.failure_message(usage_error);
    int code = 0;

    weir::configuration_arguments arguments;
    auto* serve = app.add_subcommand("serve", "Run the gateway and the admin side");
    add_configuration_options(*serve, arguments);
    serve->callback([&] { code = weir::serve(arguments); });

    auto* check = app.add_subcommand("check", "Say whether the configuration is valid");
    add_configuration_options(*check, arguments);
    check->callback([&] { code = weir::check(arguments); });

    weir::key_arguments wish;
    std::string id;
    add_key_commands(app, arguments, wish, id, code);

    weir::prune_arguments what;
    add_prune_command(app, arguments, what, code);

    weir::export_arguments written;
    add_export_command(app, arguments, written, code);

    weir::reprice_arguments priced;
    add_reprice_command(app, arguments, priced, code);

    weir::experiment_run_arguments experiment;
    add_experiment_commands(app, arguments, experiment, code);

    auto* mock = app.add_subcommand("mock-provider",
                                    "Answer like OpenAI, Anthropic and Gemini, for demos, tests and benchmarks");
    mock->prefix_command(); // it reads its own arguments, of which every knob is one
    mock->set_help_flag();
    mock->callback([&] { code = weir::mock_provider(mock->remaining()); });

    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return code;
}
