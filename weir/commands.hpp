#pragma once

#include "config/load.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// The subcommands. Each returns the process's exit code: 0 fine, 1 it failed while running, 2 wrong usage or
/// configuration.
namespace weir
{

/// What the command line says of the configuration.
struct configuration_arguments {
    std::string file; ///< --config; empty: weir.toml, if there is one
    std::string gateway_listen, admin_listen, database;
    std::vector<std::string> set; ///< KEY=VALUE, for any key
    bool insecure = false;
};

/// Reads the configuration from the file, the environment and the command line.
config::loaded load_configuration(configuration_arguments const& arguments);

/// The settings of a command that opens no port: what only listening beyond loopback needs is not asked for. None when
/// something is wrong with them, of which standard error then says what.
std::optional<config::settings> load_settings_without_listening(configuration_arguments arguments);

/// All variables of the environment.
std::map<std::string, std::string> environment();

/// Writes each error to standard error.
void print_errors(std::vector<std::string> const& errors);

/// Writes an error to standard error. Returns `code`, for the command to return.
int fail(int code, std::string const& error);

/// What the command line says of a new key.
struct key_arguments {
    std::string name, permissions = "rw", organization = "default";
};

/// What is too old for `weir prune`; neither: what storage.retain_days says.
struct prune_arguments {
    std::int64_t older_than_days = 0; ///< --older-than; 0: not given
    std::string before;               ///< --before, YYYY-MM-DD
};

/// What `weir export` writes, and where.
struct export_arguments {
    std::string format = "jsonl", filter = "all", organization = "default";
    std::string output; ///< --output; empty: standard output
};

/// Which calls `weir reprice` looks at.
struct reprice_arguments {
    std::string since, until; ///< --since, --until: ISO 8601; empty: from the first, to the last
    std::string model;        ///< --model; empty: all
    std::string filter = "all";
    bool dry_run = false;
};

/// What `weir experiment run` runs, and what it says of it.
struct experiment_run_arguments {
    std::string file;
    std::string url;                  ///< --url, of a running weir's admin side; empty: weir runs in this process
    std::vector<std::string> fail_if; ///< --fail-if, each a condition
    std::string json, junit;          ///< --json, --junit: reports; empty: none
};

int serve(configuration_arguments const& arguments);
int check(configuration_arguments const& arguments);
int create_key(configuration_arguments const& arguments, key_arguments const& wish);
int list_keys(configuration_arguments const& arguments);
/// `id` as the command line has it.
int revoke_key(configuration_arguments const& arguments, std::string const& id);
int prune(configuration_arguments const& arguments, prune_arguments const& what);
int export_calls(configuration_arguments const& arguments, export_arguments const& what);
int reprice(configuration_arguments const& arguments, reprice_arguments const& what);
int run_experiment(configuration_arguments const& arguments, experiment_run_arguments const& what);
int mock_provider(std::vector<std::string> const& arguments);

} // namespace weir
