// bench_query_data DATABASE ROWS BODIES: a month of calls, as many as ROWS, made by the code that the recorder uses.
// The newest BODIES of them have bodies. Models, users and tenants are skewed, as they are; one call in ten has a
// score.

#include "bench/prose.hpp"
#include "storage/body_block.hpp"
#include "storage/connection.hpp"
#include "storage/ids.hpp"
#include "storage/migrations.hpp"
#include "storage/property_index.hpp"
#include "storage/request_writer.hpp"
#include "storage/row_groups.hpp"
#include "storage/traffic.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace weir::bench
{
namespace
{

using std::chrono::microseconds;
using std::chrono::system_clock;

constexpr std::int64_t month_us = 30LL * 86'400 * 1'000'000;
constexpr std::size_t rows_per_commit = 20'000;

void must(storage::result<void> const& done)
{
    if (!done) throw std::runtime_error(done.error().message());
}

/// A number below `count`, of which the first is the most frequent: about as Zipf has it.
std::uint64_t skewed(prose& random, double count)
{
    auto const share = static_cast<double>(random.number(1'000'000)) / 1e6;
    return static_cast<std::uint64_t>(std::pow(count, share)) - 1;
}

storage::request_record record_of(storage::row_id id, std::int64_t at_us, prose& random)
{
    storage::request_record r;
    r.id = id;
    r.request_id = storage::public_id(id, random.number(UINT64_MAX));
    r.created_us = at_us;
    r.time_to_first_token_us = 200'000 + static_cast<std::int64_t>(random.number(900'000));
    r.ended_us = at_us + *r.time_to_first_token_us + static_cast<std::int64_t>(random.number(5'000'000));
    r.overhead_us = 80;
    r.method = "POST";
    r.provider = random.number(4) == 0 ? "anthropic" : "openai";
    r.path = "/v1/chat/completions";
    r.target_url = "https://api.openai.com/v1/chat/completions";
    r.model = r.request_model = r.response_model = "model-" + std::to_string(skewed(random, 21));
    auto const outcome = random.number(1000);
    r.status = outcome < 960 ? 200 : outcome < 985 ? 429 : outcome < 998 ? 500 : 503;
    r.finish_reason = "stop";
    r.user_id = "user-" + std::to_string(skewed(random, 50'000));
    if (random.number(2) == 0) {
        r.session_id = "session-" + std::to_string(static_cast<std::int64_t>(at_us / 20'000'000));
        r.session_name = "support";
        r.session_path = "/answer";
    }
    r.properties = {{"Feature", "feature-" + std::to_string(skewed(random, 11))},
                    {"Tenant", "tenant-" + std::to_string(skewed(random, 300))}};
    r.used.prompt = r.used.prompt_reported = 250 + static_cast<std::int64_t>(random.number(600));
    r.used.completion = 100 + static_cast<std::int64_t>(random.number(400));
    r.used.total = *r.used.prompt + *r.used.completion;
    r.cost = {.nanos = *r.used.prompt * 2500 + *r.used.completion * 10'000, .source = pricing::cost_source::table};
    r.price_table_version = "2026-01-01";
    return r;
}

class maker
{
public:
    maker(std::string const& path, std::size_t rows, std::size_t bodies)
        : db_(open(path))
        , rows_(rows)
        , bodies_(bodies)
    {
        must(
            db_.execute_script("PRAGMA synchronous=OFF;PRAGMA cache_size=-1048576;INSERT INTO score_attribute "
                               "(id,organization_id,score_key,value_type,created_us) VALUES (1,1,'quality','number',0),"
                               "(2,1,'is_polite-hcone-bool','boolean',0)"));
    }

    void make()
    {
        auto const end = std::chrono::duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
        for (std::size_t done = 0; done < rows_;) {
            auto begun = storage::transaction::begin(db_);
            if (!begun) throw std::runtime_error(begun.error().message());
            storage::traffic_batch traffic;
            for (std::size_t i = 0; i < rows_per_commit && done < rows_; ++i, ++done)
                add(end - month_us +
                        static_cast<std::int64_t>(static_cast<double>(month_us) / static_cast<double>(rows_) *
                                                  static_cast<double>(done)),
                    rows_ - done <= bodies_, traffic);
            write_block();
            must(traffic.write(db_));
            must(begun->commit());
            must(db_.checkpoint());
        }
        must(storage::index_properties(db_, {"Tenant"}));
        for (;;) {
            auto const grouped = storage::group_some_rows(db_);
            if (!grouped) throw std::runtime_error(grouped.error().message());
            if (*grouped == 0) break;
            if (db_.wal_pages() > 8192) must(db_.checkpoint());
        }
        must(db_.checkpoint());
    }

private:
    static storage::connection open(std::string const& path)
    {
        std::string problem;
        auto db = storage::open_and_migrate(path, problem);
        if (!db) throw std::runtime_error(problem);
        return std::move(*db);
    }

    void add(std::int64_t at_us, bool has_body, storage::traffic_batch& traffic)
    {
        auto record = record_of(ids_.next(system_clock::time_point(microseconds(at_us))), at_us, random_);
        record.has_body = has_body;
        traffic.add(record);
        if (has_body) {
            packer_.add(record.id, {chat_request(random_, false), chat_response(random_), {}});
            in_block_.push_back(record);
            if (packer_.is_full()) write_block();
        } else {
            must(storage::insert_request(db_, record, {}));
        }
        if (random_.number(10) == 0) score(record, 1, static_cast<std::int64_t>(random_.number(101)));
        if (random_.number(20) == 0) score(record, 2, static_cast<std::int64_t>(random_.number(2)));
    }

    void write_block()
    {
        if (packer_.empty()) return;
        auto const block = packer_.id();
        must(storage::insert_block(db_, block, packer_.pack()));
        for (auto& record : in_block_) must(storage::insert_request(db_, record, block));
        in_block_.clear();
    }

    void score(storage::request_record const& record, int attribute, std::int64_t value)
    {
        must(db_.execute("INSERT INTO score_value (organization_id,request_id,attribute_id,int_value,created_us,row_id)"
                         " VALUES (1,?1,?2,?3,?4,?5)",
                         record.request_id, attribute, value, record.ended_us, record.id));
    }

    storage::connection db_;
    std::size_t const rows_, bodies_;
    storage::id_source ids_;
    storage::body_packer packer_;
    std::vector<storage::request_record> in_block_; ///< of the block that is being packed
    prose random_{7};
};

} // namespace
} // namespace weir::bench

int main(int count, char** arguments)
{
    if (count != 4) {
        std::fputs("usage: bench_query_data DATABASE ROWS BODIES\n", stderr);
        return 2;
    }
    try {
        weir::bench::maker(arguments[1], std::strtoull(arguments[2], nullptr, 10),
                           std::strtoull(arguments[3], nullptr, 10))
            .make();
        return 0;
    } catch (std::exception const& failure) {
        std::fprintf(stderr, "bench_query_data: %s\n", failure.what());
        return 1;
    }
}
