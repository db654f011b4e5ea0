# Opens the camera for the face check.
.class public Lcom/xinghe/fenqi/FaceCheckActivity;
.super Landroid/app/Activity;
.source "FaceCheckActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onResume()V
    .registers 2
    invoke-super {p0}, Landroid/app/Activity;->onResume()V
    invoke-static {}, Landroid/hardware/Camera;->open()Landroid/hardware/Camera;
    return-void
.end method
