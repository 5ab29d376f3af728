#include "gateway/provider_keys.hpp"
#include "gateway/tls_server.hpp"
#include "gateway/upstream/tls_client.hpp"
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
    auto const wrong = [&](std::string const& problem) { loaded.errors.push_back(loaded.placed(problem)); };
    auto const variables = environment();
    if (auto const prices = load_prices(loaded.values); !prices) wrong(prices.error());
    if (auto const& tls = loaded.values.gateway.tls; tls.certificate.empty() == tls.key.empty()) // else that was said
        if (auto const problem = gateway::tls_server::problem_with(tls.certificate, tls.key); !problem.empty())
            wrong(problem);
    if (auto const problem = gateway::tls_client::problem_with(loaded.values.gateway.ca_file); !problem.empty())
        wrong(problem);
    if (auto const vault = load_vault(loaded.values, variables); !vault) wrong(vault.error());
    print_errors(loaded.errors);
    if (!loaded.errors.empty()) return 2;
    // No error: the server's environment may be another.
    gateway::provider_keys const keys(loaded.values, variables);
    for (auto const& problem : keys.problems()) std::fprintf(stderr, "weir: warning: %s\n", problem.c_str());
    std::string from;
    for (auto const& place : loaded.read_from) from += (from.empty() ? "" : ", ") + place;
    std::printf("the configuration is valid: %s\n", from.empty() ? "defaults only" : from.c_str());
    return 0;
}

} // namespace weir
