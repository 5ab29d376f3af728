#include "gateway/provider_keys.hpp"
#include "gateway/tls_server.hpp"
#include "pricing/price_table.hpp"
#include "weir/commands.hpp"
#include "weir/prices.hpp"
#include "weir/vault.hpp"

#include <cstdio>

namespace weir
{

int check(configuration_arguments const& arguments)
{
    auto loaded = load_configuration(arguments);
    if (loaded.errors.empty())
        if (auto const prices = load_prices(loaded.values); !prices) loaded.errors.push_back(prices.error());
    auto const& tls = loaded.values.gateway.tls;
    if (loaded.errors.empty())
        if (auto problem = gateway::tls_server::problem_with(tls.certificate, tls.key); !problem.empty())
            loaded.errors.push_back(std::move(problem));
    if (loaded.errors.empty())
        if (auto const vault = load_vault(loaded.values, environment()); !vault) loaded.errors.push_back(vault.error());
    print_errors(loaded.errors);
    if (!loaded.errors.empty()) return 2;
    // No error: the server's environment may be another.
    gateway::provider_keys const keys(loaded.values, environment());
    for (auto const& problem : keys.problems()) std::fprintf(stderr, "weir: warning: %s\n", problem.c_str());
    std::string from;
    for (auto const& place : loaded.read_from) from += (from.empty() ? "" : ", ") + place;
    std::printf("the configuration is valid: %s\n", from.empty() ? "defaults only" : from.c_str());
    return 0;
}

} // namespace weir
