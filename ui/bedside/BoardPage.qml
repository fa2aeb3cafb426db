import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The picture board: point at a picture, it is shown large to whoever stands at the bed.
Item {
    id: page

    required property BedsideModel model
    readonly property bool chosen: page.model.pictureKey !== ""

    TilePages {
        id: tiles

        anchors.fill: parent
        iconScale: 2.4
        moreText: page.model.labels.nextPage
        prefix: "picture-"
        rows: page.model.board
        size: Theme.sizeSmall
        visible: !page.chosen

        onChosen: key => page.model.choosePicture(key)
    }
    Card {
        anchors.bottom: choices.top
        anchors.bottomMargin: Theme.touchPatientGap
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: parent.top
        visible: page.chosen

        Column {
            anchors.centerIn: parent
            spacing: Theme.grid
            width: parent.width - 4 * Theme.grid

            Icon {
                anchors.horizontalCenter: parent.horizontalCenter
                color: page.model.pictureKey === "breathless" ? Theme.high : Theme.brand
                name: page.model.pictureIcon
                size: Math.max(Theme.sizeTitle, Math.round(Math.min(parent.width, choices.y - Theme.touchPatientGap - 2 * Theme.sizeTitle) * 0.6))
            }
            Label {
                font.pixelSize: Theme.sizeTitle
                font.weight: Theme.bold
                horizontalAlignment: Text.AlignHCenter
                objectName: "pictureWord"
                text: page.model.pictureWord
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
    }
    Row {
        id: choices

        readonly property real half: Math.floor((page.width - choices.spacing) / 2)

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        height: Math.round(1.1 * Theme.touchPatient)
        spacing: Theme.touchPatientGap
        visible: page.chosen

        Tile {
            calls: true
            fits: true
            flat: true
            height: choices.height
            iconName: "bell-ring"
            objectName: "pictureCall"
            text: page.model.labels.boardCall
            tone: "chosen"
            width: choices.half

            onTouched: page.model.callWith(page.model.pictureKey)
        }
        Tile {
            fits: true
            flat: true
            height: choices.height
            iconName: "image-multiple-outline"
            objectName: "pictureBack"
            text: page.model.labels.boardBack
            width: choices.half

            onTouched: page.model.choosePicture("")
        }
    }
}
