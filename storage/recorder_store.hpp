#pragma once

#include "net/unix_time.hpp"
#include "storage/assets.hpp"
#include "storage/body_block.hpp"
#include "storage/checkpointer.hpp"
#include "storage/connection.hpp"
#include "storage/evaluations.hpp"
#include "storage/judgements.hpp"
#include "storage/prompt_capture.hpp"
#include "storage/recorder.hpp"
#include "storage/request_writer.hpp"
#include "storage/runs.hpp"
#include "storage/traffic.hpp"
#include "storage/webhooks.hpp"

#include <set>
#include <sys/stat.h>

/// The database as the recorder writes it. Only recorder.cpp sees this header.
namespace weir::storage
{

struct recorder::item {
    std::unique_ptr<pending_record> pending;
    request_record record;
    bodies content;
    std::optional<row_id> block; ///< where its bodies are stored
};

/// On the recorder's thread.
class recorder::store
{
public:
    explicit store(recorder_options const& options)
        : options_(options)
        , checkpoints_(options.path)
    {
    }

    void start() { checkpoints_.start(); }
    void stop() { checkpoints_.stop(); }

    result<void> open()
    {
        if (db_) return {};
        auto opened = connection::open(options_.path, connection::mode::read_write);
        if (!opened) return opened.error();
        db_.emplace(std::move(*opened));
        file_ = identity();
        return db_->execute_script(options_.sync_each_commit ? "PRAGMA synchronous=FULL;PRAGMA cache_size=-16384"
                                                             : "PRAGMA synchronous=NORMAL;PRAGMA cache_size=-16384");
    }

    result<void> write(std::span<item> items)
    {
        if (auto opened = open(); !opened) {
            message_ = "it cannot be opened";
            return opened;
        }
        if (identity() != file_) {
            message_ = "the file was removed or replaced: put it back, or restart weir";
            return make_error_code(errc::io);
        }
        std::set<row_id> given;
        for (auto& i : items)
            if (auto const found = find_free_id(*db_, i.record, given); !found) return noted(found);
        pack(items); // before the transaction, which then holds the write lock for no longer than it must
        auto begun = transaction::begin(*db_);
        if (!begun) return noted(begun.error());
        for (auto& i : items) i.pending->amend(i.record); // the lock may have been long in coming
        for (auto const& [id, content] : blocks_)
            if (auto done = insert_block(*db_, id, content); !done) return noted(done);
        auto const any_scores_wait = has_pending_scores(*db_);
        if (!any_scores_wait) return noted(any_scores_wait.error());
        auto const listeners = organizations_with_webhooks(*db_); // mostly none
        if (!listeners) return noted(listeners.error());
        auto const evaluated = organizations_with_online_evaluators(*db_); // likewise
        if (!evaluated) return noted(evaluated.error());
        auto const now_us = net::unix_now_us();
        traffic_batch traffic;
        prompt_writer prompts(*db_);
        for (auto& i : items) {
            if (auto done = insert_request(*db_, i.record, i.block); !done) return noted(done);
            if (*any_scores_wait)
                if (auto done = adopt_scores(*db_, i.record.organization, i.record.request_id, i.record.id); !done)
                    return noted(done);
            if (i.record.prompt)
                if (auto done = prompts.add(i.record); !done) return noted(done);
            if (auto done = end_run(*db_, i.record); !done) return noted(done);
            traffic.add(i.record);
            if (listeners->contains(i.record.organization) && !i.pending->is_provisional())
                if (auto done = add_deliveries(*db_, i.record, now_us); !done) return noted(done);
            if (evaluated->contains(i.record.organization) && !i.pending->is_provisional())
                if (auto done = add_live_evaluations(*db_, i.record, now_us); !done) return noted(done);
        }
        if (auto done = traffic.write(*db_); !done) return noted(done);
        return noted(begun->commit());
    }

    /// Between two batches: what a pass beside them has left over is little, and moving it lets the log begin anew.
    void checkpoint_if_due()
    {
        if (!db_) return;
        if (checkpoints_.has_ended()) static_cast<void>(db_->checkpoint());
        if (db_->wal_pages() >= checkpoint_pages) checkpoints_.begin(db_->wal_pages() >= most_wal_pages);
    }

    /// What SQLite said of the last failure.
    std::string const& message() const { return message_; }

private:
    /// Pages in the write-ahead log from which on they are moved into the database (8 MiB), and from which on that is
    /// urgent.
    static constexpr int checkpoint_pages = 1024, most_wal_pages = 8 * checkpoint_pages;

    /// Puts the items' bodies into blocks.
    void pack(std::span<item> items)
    {
        blocks_.clear();
        std::size_t first = 0;
        for (std::size_t i = 0; i < items.size(); ++i) {
            auto& record = items[i].record;
            if (record.has_body) {
                record.asset_count = static_cast<std::int64_t>(count_assets(items[i].content));
                packer_.add(record.id, items[i].content);
            }
            bool const ends = packer_.is_full() || i + 1 == items.size();
            if (!ends || packer_.empty()) continue;
            auto const id = packer_.id();
            for (auto& in_block : items.subspan(first, i + 1 - first))
                in_block.block = in_block.record.has_body ? std::optional(id) : std::nullopt;
            blocks_.emplace_back(id, packer_.pack());
            first = i + 1;
        }
    }

    /// Keeps SQLite's words on a failure, before the rollback changes them.
    result<void> noted(result<void> outcome)
    {
        if (!outcome) message_ = db_->message();
        return outcome;
    }

    /// Device and number of the file that stands at the path now. SQLite would go on writing one that was unlinked.
    std::pair<dev_t, ino_t> identity() const
    {
        struct stat file {
        };
        if (::stat(options_.path.c_str(), &file) != 0) return {};
        return {file.st_dev, file.st_ino};
    }

    std::string message_;
    std::pair<dev_t, ino_t> file_;
    recorder_options const& options_;
    std::optional<connection> db_;
    body_packer packer_;
    std::vector<std::pair<row_id, std::string>> blocks_;
    checkpointer checkpoints_;
};

} // namespace weir::storage
