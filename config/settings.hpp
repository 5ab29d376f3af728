#pragma once

#include "config/units.hpp"
#include "net/url.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What the process is told. Every member has the default that docs/configuration.md documents.
namespace weir::config
{

using std::chrono::milliseconds;

/// The family of wire formats that a provider speaks.
enum class wire_format : std::uint8_t { openai, anthropic, google };

/// The header in which a provider expects its key.
enum class key_header : std::uint8_t { authorization, api_key, x_api_key, x_goog_api_key };

enum class stream_usage_mode : std::uint8_t { inject, as_is };
enum class durability_mode : std::uint8_t { async, commit };
enum class record_mode : std::uint8_t { all, none };
enum class log_format : std::uint8_t { text, json };

struct gateway_settings {
    net::host_port listen{"127.0.0.1", 8787};
    std::string default_provider = "openai";
    int threads = 0; ///< 0: as many as there are cores
    byte_count max_request_body{2ULL << 30U};
    byte_count max_rewritten_body{16ULL << 20U};
    byte_count max_logged_body{4ULL << 20U};
    byte_count max_capture_memory{1ULL << 30U};
    byte_count max_header_bytes{64ULL << 10U};
    std::int64_t max_connections = 10000;
    std::int64_t max_connections_per_client = 0;
    std::int64_t max_upstream_connections = 10000; ///< to one provider origin, all threads together
    milliseconds header_timeout{30'000};
    milliseconds connect_timeout{10'000};
    milliseconds first_byte_timeout{600'000};
    milliseconds idle_timeout{300'000};
    milliseconds keep_alive_timeout{90'000};    ///< an idle client connection
    milliseconds upstream_idle_timeout{30'000}; ///< an idle pooled connection to a provider
    milliseconds dns_ttl{30'000};
    milliseconds drain_timeout{30'000};
    std::vector<std::string> allowed_targets;
    stream_usage_mode stream_usage = stream_usage_mode::inject;
    std::vector<std::string> allowed_origins;
    std::string ca_file;
    struct {
        std::string certificate, key;
    } tls;
};

struct admin_settings {
    net::host_port listen{"127.0.0.1", 8585};
    std::string public_url;
    std::string gateway_url; ///< how clients reach the gateway; without a slash at its end
};

/// A hundred years.
inline constexpr std::int64_t most_retain_days = 36'500;

struct storage_settings {
    std::string path = "weir.db";
    record_mode record = record_mode::all;
    durability_mode durability = durability_mode::async;
    milliseconds commit_timeout{5'000};
    byte_count max_queue{256ULL << 20U}; ///< records that wait to be written, bodies included
    std::int64_t retain_days = 0;        ///< 0: for ever
    bool raw_streams = false;
    std::vector<std::string> indexed_properties;
    bool index_bodies = false;
};

struct provider_settings {
    std::string name; ///< weir's provider id
    std::string base_url;
    wire_format kind = wire_format::openai;
    std::string api_key_env;
    bool stream_usage = false; ///< known to accept stream_options.include_usage, and to send no usage without
    bool local = false;        ///< a server of the user's own: costs nothing unless an override says so
    bool configured = false;   ///< named in the configuration: its origin is trusted whatever its address

    bool operator==(provider_settings const&) const = default;
};

struct settings {
    gateway_settings gateway;
    admin_settings admin;
    storage_settings storage;
    struct {
        bool required = false;
    } auth;
    struct {
        std::string prices_file;
    } cost;
    struct {
        std::string level = "info";
        log_format format = log_format::text;
    } log;
    struct {
        std::string master_key_file;
    } vault;
    struct {
        milliseconds first_retry{10'000};
        milliseconds timeout{120'000};
    } webhooks;
    struct {
        std::int64_t concurrency = 8; ///< calls at a time; 0: none are made
        std::int64_t max_attempts = 5;
        milliseconds first_retry{1'000};
        milliseconds timeout{600'000}; ///< of one call
        /// What evaluators may run, by name: a program by its absolute path, and its arguments.
        std::map<std::string, std::vector<std::string>> commands;
        std::vector<std::string> command_paths; ///< that they may read, beside the system's
        milliseconds command_timeout{10'000};
        milliseconds command_cpu_time{5'000};
        byte_count command_memory{512ULL << 20U};
    } experiments;
    std::map<std::string, provider_settings> providers; ///< by name; the built-in ones are there from the start

    settings();
};

} // namespace weir::config
