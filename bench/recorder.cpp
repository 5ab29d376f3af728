// bench_recorder: storage::recorder, fed through its interface, against loops that do nothing but insert the same rows.
//
//   bench_recorder compare FOLDER ROWS WINDOW ROUNDS   one line a round and target: "ROUND - TARGET NAME=VALUE…"
//   bench_recorder count DATABASE                      its calls and its bytes: "rows=… bytes=…"
//
// The targets of a round, one after the other:
//
//   recorder            takes ready records, WINDOW of them in its queue at a time, and encodes their bodies
//   recorder-no-index   the same, without the indices that only questions need
//   loop                inserts the rows that it has just written, blobs included, in as many transactions
//   loop+encoding       the same, and encodes the bodies as the recorder does
//   loop+plain          the same calls, but the bodies are stored as they are

#include "storage/recorder.hpp"
#include "bench/plain_loop.hpp"
#include "bench/prose.hpp"
#include "storage/body_block.hpp"
#include "storage/connection.hpp"
#include "storage/ids.hpp"

#include <cstdio>
#include <filesystem>

namespace weir::bench
{
namespace
{

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::system_clock;

/// A call as the gateway hands it over, made beforehand.
struct call {
    storage::request_record record;
    storage::bodies content;
};

/// How far the recorder has come.
struct tally {
    std::size_t expected = 0;
    std::atomic<std::size_t> settled{0}, failed{0};
    std::atomic<double> finished{0};
};

class ready_record final : public storage::pending_record
{
public:
    ready_record(call what, tally& into)
        : what_(std::move(what))
        , into_(into)
    {
    }

    std::pair<storage::request_record, storage::bodies> make() override
    {
        return {std::move(what_.record), std::move(what_.content)};
    }

    void settle(boost::system::error_code error) noexcept override
    {
        if (error) ++into_.failed;
        if (into_.settled + 1 == into_.expected) into_.finished = wall_time();
        ++into_.settled;
    }

    std::size_t bytes() const override { return what_.content.request.size() + what_.content.response.size() + 1024; }

private:
    call what_;
    tally& into_;
};

storage::request_record record_of(storage::row_id id, system_clock::time_point at, prose& random)
{
    storage::request_record r;
    r.id = id;
    r.request_id = storage::public_id(id, random.number(UINT64_MAX));
    r.created_us = std::chrono::duration_cast<microseconds>(at.time_since_epoch()).count();
    r.time_to_first_byte_us = 400'000 + static_cast<std::int64_t>(random.number(900'000));
    r.ended_us = r.created_us + *r.time_to_first_byte_us + static_cast<std::int64_t>(random.number(5'000'000));
    r.overhead_us = 40 + static_cast<std::int64_t>(random.number(60));
    r.method = "POST";
    r.provider = "openai";
    r.path = "/v1/chat/completions";
    r.target_url = "https://api.openai.com/v1/chat/completions";
    r.model = r.response_model = "gpt-4o-2024-08-06";
    r.request_model = "gpt-4o";
    r.status = random.number(50) == 0 ? 429 : 200;
    r.finish_reason = "stop";
    r.user_id = "user-" + std::to_string(random.number(5000));
    r.session_id = "session-" + std::to_string(random.number(1'000'000));
    r.session_name = "support";
    r.session_path = "/answer";
    r.properties = {{"Feature", "chat"}, {"Tenant", "tenant-" + std::to_string(random.number(300))}};
    r.provider_auth_hash = "5f1c7e02d9b34a6895f1c7e02d9b34a6";
    r.used.prompt = r.used.prompt_reported = 250 + static_cast<std::int64_t>(random.number(60));
    r.used.completion = 100 + static_cast<std::int64_t>(random.number(40));
    r.used.total = *r.used.prompt + *r.used.completion;
    r.used.cache_read = r.used.reasoning = 0;
    r.cost = {.nanos = *r.used.prompt * 2500 + *r.used.completion * 10'000, .source = pricing::cost_source::table};
    r.price_table_version = "2026-01-01";
    r.has_body = true;
    return r;
}

/// Calls as they come at 15,000 a second.
std::vector<call> make_calls(std::size_t count)
{
    prose text(2);
    storage::id_source ids;
    auto at = system_clock::now();
    std::vector<call> calls(count);
    for (auto& c : calls) {
        at += microseconds(66);
        c.record = record_of(ids.next(at), at, text);
        c.content.request = chat_request(text, false);
        c.content.response = chat_response(text);
        c.record.request_bytes = static_cast<std::int64_t>(c.content.request.size());
        c.record.response_bytes = static_cast<std::int64_t>(c.content.response.size());
    }
    return calls;
}

/// A sample of bench/lib.sh.
void print(int round, char const* target, std::string const& path, std::size_t rows, std::size_t batches, effort took)
{
    auto const count = static_cast<double>(rows);
    std::printf("%d - %s rows_per_s=%.0f cpu_us=%.2f bytes_per_row=%.0f rows_per_commit=%.0f\n", round, target,
                count / took.seconds, took.cpu_seconds / count * 1e6,
                static_cast<double>(std::filesystem::file_size(path)) / count, count / static_cast<double>(batches));
    std::fflush(stdout);
}

/// The transactions that the recorder made, as its histogram counted them.
std::size_t commits(metrics::registry const& metrics)
{
    constexpr std::string_view name = "\nweir_commit_duration_seconds_count ";
    auto const text = metrics.text();
    return std::stoul(text.substr(text.find(name) + name.size()));
}

effort record(std::vector<call> const& calls, std::string const& path, std::size_t window, std::size_t& batches,
              char const* change = "")
{
    make_database(path);
    auto db = storage::connection::open(path, storage::connection::mode::read_write);
    if (!db || !db->execute_script(change)) throw std::runtime_error(path + ": cannot be changed");
    tally done;
    done.expected = calls.size();
    std::vector<std::unique_ptr<storage::pending_record>> ready;
    for (auto const& c : calls) ready.push_back(std::make_unique<ready_record>(c, done));
    metrics::registry metrics;
    storage::recorder_options options;
    options.path = path;
    options.max_queue_bytes = SIZE_MAX / 4;
    storage::recorder recorder(options, metrics);
    recorder.start();

    effort const before{wall_time(), process_cpu() - thread_cpu()};
    for (std::size_t i = 0; i < ready.size(); ++i) {
        while (i - done.settled >= window) std::this_thread::sleep_for(milliseconds(1));
        recorder.push(std::move(ready[i]));
    }
    while (done.settled < calls.size()) std::this_thread::sleep_for(milliseconds(1));
    effort const took{done.finished - before.seconds, process_cpu() - thread_cpu() - before.cpu_seconds};

    if (done.failed > 0) throw std::runtime_error("the recorder refused records");
    batches = commits(metrics);
    return took;
}

/// The bodies of the calls as a table that keeps them unchanged.
table_rows plain_bodies(std::vector<call> const& calls)
{
    table_rows table;
    table.name = "plain_body";
    table.columns = 3;
    for (auto const& c : calls) {
        table.values.emplace_back(static_cast<std::int64_t>(c.record.id));
        table.values.emplace_back(stored_blob{c.content.request});
        table.values.emplace_back(stored_blob{c.content.response});
    }
    return table;
}

/// Does the recorder's work on the bodies of the calls from `first` to before `last`, in vain.
void encode(storage::body_packer& packer, std::vector<call> const& calls, std::size_t first, std::size_t last)
{
    for (; first < last; ++first) {
        packer.add(calls[first].record.id, calls[first].content);
        if (packer.is_full() || first + 1 == last) packer.pack();
    }
}

void compare(std::string const& folder, std::vector<call> const& calls, std::size_t window, int round)
{
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    auto const file = [&](char const* name) { return folder + "/" + name + ".db"; };
    std::size_t batches = 0;
    auto took = record(calls, file("recorder"), window, batches);
    print(round, "recorder", file("recorder"), calls.size(), batches, took);

    constexpr auto const* without_indices = "DROP INDEX request_figures";
    std::size_t batches_without = 0;
    took = record(calls, file("unindexed"), window, batches_without, without_indices);
    print(round, "recorder-no-index", file("unindexed"), calls.size(), batches_without, took);

    auto const tables = recorded_rows(file("recorder"));
    std::vector<table_rows const*> all, requests_only;
    for (auto const& table : tables) {
        all.push_back(&table);
        if (table.name == "request") requests_only.push_back(&table);
    }
    took = write_rows(file("loop"), all, {batches});
    print(round, "loop", file("loop"), calls.size(), batches, took);

    storage::body_packer packer;
    auto const encode_batch = [&](std::size_t batch) {
        encode(packer, calls, calls.size() * (batch - 1) / batches, calls.size() * batch / batches);
    };
    took = write_rows(file("encoding"), all, {batches, "", encode_batch});
    print(round, "loop+encoding", file("encoding"), calls.size(), batches, took);

    auto const bodies = plain_bodies(calls);
    requests_only.push_back(&bodies);
    took =
        write_rows(file("plain"), requests_only,
                   {batches, "CREATE TABLE plain_body (id INTEGER PRIMARY KEY, request BLOB, response BLOB) STRICT"});
    print(round, "loop+plain", file("plain"), calls.size(), batches, took);
    std::filesystem::remove_all(folder);
}

void count(std::string const& path)
{
    auto db = storage::connection::open(path, storage::connection::mode::read_write);
    if (!db) throw std::runtime_error(path + ": " + db.error().message());
    auto const folded = db->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    auto rows = db->query("SELECT count(*) FROM request");
    if (!folded || !rows || !rows->next()) throw std::runtime_error(path + ": " + db->message());
    std::printf("rows=%lld bytes=%llu\n", static_cast<long long>(rows->get<std::int64_t>(0)),
                static_cast<unsigned long long>(std::filesystem::file_size(path)));
}

void run(std::vector<std::string> const& arguments)
{
    if (arguments.at(0) == "count") return count(arguments.at(1));
    if (arguments.at(0) != "compare") throw std::invalid_argument("neither compare nor count");
    auto const calls = make_calls(std::stoul(arguments.at(2)));
    for (int round = 0; round <= std::stoi(arguments.at(4)); ++round) // round 0 warms up
        compare(arguments.at(1), calls, std::stoul(arguments.at(3)), round);
}

} // namespace
} // namespace weir::bench

int main(int argc, char** argv)
{
    try {
        weir::bench::run({argv + 1, argv + argc});
        return 0;
    } catch (std::exception const& failure) {
        std::fprintf(stderr, "bench_recorder: %s (see the top of bench/recorder.cpp)\n", failure.what());
        return 1;
    }
}
