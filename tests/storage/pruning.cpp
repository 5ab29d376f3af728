#include "storage/pruning.hpp"

#include "storage/body_block.hpp"
#include "storage/collect.hpp"
#include "storage/numbers.hpp"
#include "storage/recorder.hpp"
#include "storage/request_writer.hpp"
#include "storage/requests.hpp"
#include "storage/tracked_requests.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <random>
#include <thread>

namespace weir::storage
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::int64_t number(connection& db, std::string_view sql)
{
    auto found = db.query(sql);
    BOOST_REQUIRE(found.has_value());
    BOOST_REQUIRE(found->next());
    return found->get<std::int64_t>(0);
}

/// Text that does not become smaller by compression.
std::string noise(std::size_t bytes)
{
    static std::mt19937_64 engine{7};
    std::string text(bytes, ' ');
    for (auto& c : text) c = static_cast<char>(engine());
    return text;
}

struct pruning_fixture : fresh_database {
    connection own = connection::open(path, connection::mode::read_write).value();
    pruning_pace pace;

    pruning_fixture()
    {
        pace.pause = [](milliseconds time) {
            std::this_thread::sleep_for(std::min(time, 1ms));
            return true;
        };
    }

    /// Inserts rows with the ids of a range, each with a body of that size.
    void add(std::int64_t first, std::int64_t count, std::size_t body_bytes = 100)
    {
        std::vector<request_record> rows;
        for (auto id = first; id < first + count; ++id) {
            rows.push_back(minimal(id));
            rows.back().has_body = true;
        }
        BOOST_REQUIRE(insert(db, std::move(rows), {noise(body_bytes), "", ""}).has_value());
    }
    std::int64_t rows() { return number(db, "SELECT count(*) FROM request"); }
    std::int64_t blocks() { return number(db, "SELECT count(*) FROM body_block"); }
    std::uintmax_t log_bytes() const { return std::filesystem::file_size(path + "-wal"); }
};

/// A recorder's record.
class pruned_record final : public pending_record
{
public:
    explicit pruned_record(std::int64_t id)
        : id_(id)
    {
    }
    std::pair<request_record, bodies> make() override
    {
        auto row = minimal(id_);
        row.has_body = true;
        return {row, {"asked", noise(500), ""}};
    }
    std::size_t bytes() const override { return 1000; }

private:
    std::int64_t id_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pruning, pruning_fixture)

BOOST_AUTO_TEST_CASE(what_is_older_goes_with_its_bodies_and_the_rest_stays)
{
    add(1, 3000);
    add(10'000, 100);

    auto const done = prune(own, row_id{10'000}, pace);

    BOOST_REQUIRE(done.has_value());
    BOOST_TEST(done->requests == 3000);
    BOOST_TEST((done->before == row_id{10'000}));
    BOOST_TEST(number(db, "SELECT min(id) FROM request") == 10'000);
    BOOST_TEST(rows() == 100);
    BOOST_TEST(blocks() == 100);
    for (std::int64_t id = 10'000; id < 10'100; ++id) BOOST_TEST(find_bodies(db, row_id{id}).has_value());
}

BOOST_AUTO_TEST_CASE(scores_and_feedback_go_with_their_row)
{
    add(1, 4);
    BOOST_REQUIRE(db.execute_script(
                        "INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us) VALUES "
                        "(1,1,'quality','number',0);"
                        "INSERT INTO score_value (organization_id,request_id,row_id,attribute_id,int_value,created_us) "
                        "SELECT 1,request_id,id,1,id,0 FROM request;"
                        "INSERT INTO feedback SELECT 1,request_id,request_id,1,0 FROM request")
                      .has_value());

    BOOST_REQUIRE(prune(own, row_id{3}, pace).has_value());

    BOOST_TEST(number(db, "SELECT sum(int_value) FROM score_value") == 3 + 4);
    BOOST_TEST(number(db, "SELECT count(*) FROM feedback") == 2);
}

BOOST_AUTO_TEST_CASE(what_was_said_of_tracked_calls_goes_with_them)
{
    add(1, 4);
    auto const of_all = find_request(db, organization_id{1}, row_id{3});
    BOOST_REQUIRE(of_all.has_value());
    auto const kept = of_all->record.request_id;
    BOOST_REQUIRE(db.execute_script("INSERT INTO request_group (id,organization_id,created_us) VALUES (1,1,0);"
                                    "INSERT INTO request_group_member SELECT 1,request_id,1 FROM request;"
                                    "INSERT INTO tracked_request (organization_id,request_id,created_us)"
                                    " SELECT 1,request_id,0 FROM request;"
                                    "INSERT INTO number (organization_id,kind,thing)"
                                    " SELECT 1,'request',request_id FROM request;"
                                    "INSERT INTO number (organization_id,kind,thing) VALUES (1,'prompt',x'01')")
                      .has_value());
    for (std::int64_t id = 1; id <= 4; ++id) {
        auto const row = find_request(db, organization_id{1}, row_id{id});
        std::string const tag = "t";
        BOOST_REQUIRE(add_request_tags(db, organization_id{1}, row->record.request_id, {&tag, 1}, 0).has_value());
    }
    BOOST_REQUIRE(db.execute("INSERT INTO tag (organization_id,entity_type,entity_id,tag,created_us)"
                             " VALUES (1,'session','s','t',0)")
                      .has_value());

    BOOST_REQUIRE(prune(own, row_id{3}, pace).has_value());

    BOOST_TEST(number(db, "SELECT count(*) FROM request_group_member") == 2);
    BOOST_TEST(number(db, "SELECT count(*) FROM tracked_request") == 2);
    BOOST_TEST(number(db, "SELECT count(*) FROM number") == 2 + 1);
    BOOST_TEST(number(db, "SELECT count(*) FROM tag") == 2 + 1);
    BOOST_TEST((numbered_thing(db, organization_id{1}, numbered::request, 3).value() == kept));
}

BOOST_AUTO_TEST_CASE(inputs_of_prompts_go_with_their_call_but_for_those_that_others_have)
{
    add(1, 6);
    BOOST_REQUIRE(
        db.execute_script("INSERT INTO prompt (id,organization_id,user_defined_id,created_us) VALUES (x'01',1,'p',0);"
                          "INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,"
                          "created_us,updated_us) VALUES (x'02',1,x'01',0,0,0,0);"
                          "INSERT INTO prompt_input (number,id,organization_id,prompt_version_id,inputs,auto_inputs,"
                          "source_row_id,created_us) SELECT id,CAST(id AS BLOB),1,x'02','{}','[]',id,0 FROM request;"
                          "INSERT INTO prompt_input (number,id,organization_id,prompt_version_id,inputs,auto_inputs,"
                          "created_us) VALUES (9,x'09',1,x'02','{}','[]',0);"
                          "INSERT INTO dataset (id,organization_id,type,created_us) VALUES (x'03',1,'experiment',0);"
                          "INSERT INTO experiment_dataset_row (id,dataset_id,input_number,created_us) VALUES "
                          "(x'04',x'03',2,0);"
                          "UPDATE prompt_input SET experiment_id=x'05' WHERE number=3;"
                          "INSERT INTO run (organization_id,experiment_id,prompt_version_id,input_number,request_id,"
                          "status,attempts,next_try_us,created_us) VALUES (1,x'05',x'02',4,x'06','queued',0,0,0),"
                          "(1,x'05',x'02',5,x'07','completed',1,0,0)")
            .has_value());

    BOOST_REQUIRE(prune(own, row_id{6}, pace).has_value());

    // 2 is a dataset's, 3 an experiment's, 4 a waiting run's, 6 of a call that stays, and 9 was made by hand.
    auto const left = collect_column<std::int64_t>(db.query("SELECT number FROM prompt_input ORDER BY number"));
    BOOST_TEST(left.value() == (std::vector<std::int64_t>{2, 3, 4, 6, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_block_shared_by_an_old_and_a_new_row_stays_until_the_new_one_goes)
{
    body_packer packer;
    packer.add(row_id{5}, {"old", "", ""});
    packer.add(row_id{20}, {"new", "", ""});
    auto const block = packer.id();
    auto first = minimal(5), last = minimal(20);
    first.has_body = last.has_body = true;
    BOOST_REQUIRE(insert_block(db, block, packer.pack()).has_value());
    BOOST_REQUIRE(insert_request(db, first, block).has_value());
    BOOST_REQUIRE(insert_request(db, last, block).has_value());

    BOOST_REQUIRE(prune(own, row_id{20}, pace).has_value());
    BOOST_TEST(rows() == 1);
    BOOST_TEST(find_bodies(db, row_id{20}).value().request == "new");

    BOOST_REQUIRE(prune(own, row_id{21}, pace).has_value());
    BOOST_TEST(rows() == 0);
    BOOST_TEST(blocks() == 0);
}

BOOST_AUTO_TEST_CASE(a_block_without_rows_goes_as_well)
{
    BOOST_REQUIRE(insert_block(db, row_id{5}, "left over").has_value());
    BOOST_REQUIRE(insert_block(db, row_id{20}, "young").has_value());

    BOOST_REQUIRE(prune(own, row_id{20}, pace).has_value());

    BOOST_TEST(number(db, "SELECT min(id) FROM body_block") == 20);
}

BOOST_AUTO_TEST_CASE(the_space_is_given_back_to_the_disk)
{
    add(1, 300, 20'000);
    add(10'000, 30, 20'000);
    BOOST_REQUIRE(db.checkpoint().has_value());
    auto const before = std::filesystem::file_size(path);

    auto const done = prune(own, row_id{10'000}, pace);

    auto const after = std::filesystem::file_size(path);
    BOOST_TEST(after < before / 4);
    BOOST_TEST(done.value().bytes_given == static_cast<std::int64_t>(before - after));
    BOOST_TEST(done->bytes_left == 0);
    BOOST_TEST(number(db, "PRAGMA freelist_count") == 0);
    BOOST_TEST(log_bytes() == 0U);
    auto check = db.query("PRAGMA integrity_check");
    BOOST_REQUIRE(check.value().next());
    BOOST_TEST(check->get<std::string>(0) == "ok");
}

BOOST_AUTO_TEST_CASE(what_was_deleted_cannot_be_read_from_the_files_any_more)
{
    std::vector<request_record> rows;
    for (int i = 1; i <= 500; ++i) {
        rows.push_back(minimal(i));
        rows.back().user_id = i <= 400 ? "told in confidence" : "of today";
    }
    BOOST_REQUIRE(insert(db, std::move(rows)).has_value());
    pace.keep_free_divisor = 1; // every page stays, free

    BOOST_REQUIRE(prune(own, row_id{401}, pace).has_value());

    auto const bytes = test::content_of(path) + test::content_of(path + "-wal");
    BOOST_TEST((bytes.find("of today") != std::string::npos));
    BOOST_TEST((bytes.find("told in confidence") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(some_pages_may_stay_free_for_the_rows_to_come)
{
    add(1, 300, 20'000);
    add(10'000, 300, 20'000);
    pace.keep_free_divisor = 4;

    BOOST_REQUIRE(prune(own, row_id{10'000}, pace).has_value());

    auto const free = number(db, "PRAGMA freelist_count"), pages = number(db, "PRAGMA page_count");
    BOOST_TEST(free > pages / 5);
    BOOST_TEST(free <= pages / 4);
}

BOOST_AUTO_TEST_CASE(nothing_is_written_when_nothing_is_old)
{
    add(1, 10);
    BOOST_REQUIRE(db.empty_log().value() == 0);

    auto const done = prune(own, row_id{1}, pace);

    BOOST_TEST(done.value().requests == 0);
    BOOST_TEST(log_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(it_writes_nothing_while_it_may_not)
{
    add(1, 10);
    int asked = 0;
    pace.may_write = [&] {
        if (asked < 5) BOOST_TEST(rows() == 10);
        return ++asked > 5;
    };

    BOOST_TEST(prune(own, row_id{100}, pace).value().requests == 10);
    BOOST_TEST(asked > 5);
}

BOOST_AUTO_TEST_CASE(ended_early_it_has_done_a_part_and_the_next_does_the_rest)
{
    add(1, 1000);
    int pauses = 0;
    auto const on = pace.pause;
    pace.pause = [&](milliseconds) { return ++pauses < 3; };
    std::int64_t told = 0;
    pace.report = [&](pruned const& so_far) { told = so_far.requests; };

    auto const part = prune(own, row_id{2000}, pace);
    BOOST_TEST(part.value().requests > 0);
    BOOST_TEST(part->requests < 1000);
    BOOST_TEST(part->requests == told);
    BOOST_TEST(rows() == 1000 - part->requests);
    BOOST_TEST(number(db, "SELECT min(id) FROM request") == static_cast<std::int64_t>(part->before));

    pace.pause = on;
    BOOST_TEST(prune(own, row_id{2000}, pace).value().requests == 1000 - part->requests);
    BOOST_TEST(blocks() == 0);
}

BOOST_AUTO_TEST_CASE(a_locked_database_is_waited_for)
{
    add(1, 10);
    auto other = connection::open(path, connection::mode::read_write).value();
    BOOST_REQUIRE(other.execute_script("BEGIN IMMEDIATE").has_value());
    bool locked = true;
    pace.pause = [&](milliseconds) {
        if (std::exchange(locked, false)) BOOST_REQUIRE(other.execute_script("ROLLBACK").has_value());
        return true;
    };

    BOOST_TEST(prune(own, row_id{100}, pace).value().requests == 10);
}

BOOST_AUTO_TEST_CASE(it_waits_for_a_reader_rather_than_let_the_write_ahead_log_grow)
{
    constexpr std::uintmax_t bound = 48U << 20U;
    add(1, 100, 1'000'000);
    BOOST_REQUIRE(db.empty_log().value() == 0);
    auto reader = connection::open(path, connection::mode::read_only).value();
    BOOST_REQUIRE(reader.execute_script("BEGIN;SELECT * FROM setting").has_value());
    int waits = 0;
    std::uintmax_t longest = 0;
    pace.pause = [&](milliseconds) {
        longest = std::max(longest, log_bytes());
        if (log_bytes() > bound / 2 && ++waits == 20) BOOST_REQUIRE(reader.execute_script("COMMIT").has_value());
        return true;
    };

    BOOST_TEST(prune(own, row_id{1000}, pace).value().requests == 100);

    BOOST_TEST(waits >= 20); // it would have written more, had it not waited
    BOOST_TEST(longest < bound);
    BOOST_TEST(log_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_recorder_beside_it_loses_nothing_and_has_no_trouble)
{
    constexpr std::int64_t count = 3000;
    add(1, 2000, 5000);
    metrics::registry metrics;
    recorder r({.path = path, .max_queue_bytes = 100'000'000}, metrics);
    r.start();
    std::atomic<bool> had_trouble{false};
    std::jthread const calls([&] {
        for (std::int64_t i = 0; i < count; ++i) {
            r.push(std::make_unique<pruned_record>(10'000 + i));
            if (i % 10 == 0) std::this_thread::sleep_for(1ms); // spread over the pruning
            if (!r.trouble().empty()) had_trouble = true;
        }
    });
    pace.may_write = [&] { return r.is_keeping_up(); };

    BOOST_TEST(prune(own, row_id{10'000}, pace).value().requests == 2000);

    auto const are_recorded = [&] {
        r.keep_up(); // as the network threads see to it: else a busy machine leaves it no time at all
        return rows() == count;
    };
    test::eventually(are_recorded, "every call to be recorded");
    BOOST_TEST(r.stop(10s) == 0U);
    BOOST_TEST(!had_trouble);
    BOOST_TEST(find_bodies(db, row_id{10'000 + count - 1}).value().request == "asked");
    BOOST_TEST(number(db, "SELECT count(*) FROM request WHERE body_ref NOT IN (SELECT id FROM body_block)") == 0);
    auto check = db.query("PRAGMA integrity_check");
    BOOST_REQUIRE(check.value().next());
    BOOST_TEST(check->get<std::string>(0) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
