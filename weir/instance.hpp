#pragma once

#include "config/settings.hpp"
#include "gateway/gateway.hpp"
#include "pricing/price_table.hpp"
#include "storage/retention.hpp"
#include "storage/vault.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace weir
{

/// What an instance is made of. The settings and the vault outlive it.
struct instance_parts {
    config::settings const& settings;
    std::shared_ptr<pricing::price_table const> prices;
    std::optional<storage::vault> const& vault;
    std::map<std::string, std::string> environment;
};

/// weir at work on one database: the gateway, the admin side, and all that goes on behind them. One thread uses it.
class instance
{
public:
    /// Opens the database and binds the listeners. Null when the database cannot be used, which is then logged. Throws
    /// a std::exception that says why anything else cannot be had.
    static std::unique_ptr<instance> open(instance_parts parts);
    ~instance();

    void start();

    /// Lets the calls under way go on for `grace`, ends all, and writes what is still to be written. Returns how many
    /// calls could not be recorded. Once.
    std::size_t stop(std::chrono::milliseconds grace);

    /// Where it listens, "host:port", also where the settings say port 0.
    std::string gateway_address() const;
    std::string admin_address() const;

    ::weir::gateway::gateway& gateway();
    storage::retention& retention();

private:
    struct state;
    explicit instance(std::unique_ptr<state> made);
    std::unique_ptr<state> state_;
};

} // namespace weir
