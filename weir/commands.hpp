#pragma once

#include "config/load.hpp"

#include <map>
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

/// All variables of the environment.
std::map<std::string, std::string> environment();

/// Writes each error to standard error.
void print_errors(std::vector<std::string> const& errors);

int serve(configuration_arguments const& arguments);
int check(configuration_arguments const& arguments);
int mock_provider(std::vector<std::string> const& arguments);

} // namespace weir
