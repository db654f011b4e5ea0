# Left over from an older version: nothing calls it, and the permission for the calendar is not asked for.
.class public final Lcom/xinghe/fenqi/legacy/OldSync;
.super Ljava/lang/Object;
.source "OldSync.java"

.method private constructor <init>()V
    .registers 1
    invoke-direct {p0}, Ljava/lang/Object;-><init>()V
    return-void
.end method

.method public static events(Landroid/content/ContentResolver;)Landroid/database/Cursor;
    .registers 8
    move-object v0, p0
    sget-object v1, Landroid/provider/CalendarContract$Events;->CONTENT_URI:Landroid/net/Uri;
    const/4 v2, 0x0
    const/4 v3, 0x0
    const/4 v4, 0x0
    const/4 v5, 0x0
    invoke-virtual/range {v0 .. v5}, Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;
    move-result-object v0
    return-object v0
.end method
